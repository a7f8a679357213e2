// Who may have a place of -j, and in which order.

#include "engine/pacing/slots.hpp"

#include <doctest/doctest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>

#include <string>
#include <vector>

using namespace nightshift;

namespace {

using Use = Slots::Use;

// Keeps what it got until it is told to give it back.
struct Site {
    explicit Site(int total) : slots(std::make_shared<Slots>(io, total)) {}

    void poll(std::string name) { spawn(wait_for_poll(std::move(name))); }
    void download(std::string name, std::int64_t expires_at = 0) {
        spawn(wait_for_download(std::move(name), expires_at));
    }
    // As many POSTs as may start.
    int start_posts() {
        int started = 0;
        for (; slots->post_is_free(); ++started) posts.push_back(slots->take_post());
        return started;
    }
    void run() {
        io.restart();
        io.poll();
    }

    boost::asio::io_context io{1};
    std::shared_ptr<Slots> slots;
    std::vector<std::string> order;  // who got a place
    std::vector<Slots::Held> polls, downloads, posts;

private:
    void spawn(Async<void> work) {
        boost::asio::co_spawn(io, std::move(work), boost::asio::detached);
        run();
    }
    Async<void> wait_for_poll(std::string name) {
        auto held = co_await slots->take_poll();
        polls.push_back(std::move(held));
        order.push_back(std::move(name));
    }
    Async<void> wait_for_download(std::string name, std::int64_t expires_at) {
        auto held = co_await slots->take_download(expires_at);
        downloads.push_back(std::move(held));
        order.push_back(std::move(name));
    }
};

}  // namespace

TEST_CASE("without anything paid to be had POSTs take every place") {
    Site site(16);

    CHECK(site.start_posts() == 16);
}

TEST_CASE("while something paid is to be had POSTs leave an eighth to polls, a quarter to files") {
    struct Row {
        int total;
        int posts;
    };
    for (const Row& row : {Row{64, 40}, Row{16, 10}, Row{8, 5}, Row{4, 2}, Row{3, 3}, Row{1, 1}}) {
        CAPTURE(row.total);
        Site site(row.total);
        const Slots::Paid paid(site.slots);

        CHECK(site.start_posts() == row.posts);
    }
}

TEST_CASE("what polls and downloads hold of their own share takes nothing from POSTs") {
    Site site(16);
    const Slots::Paid paid(site.slots);
    site.poll("p1");
    site.poll("p2");
    for (int i = 0; i < 4; ++i) site.download("d");

    CHECK(site.start_posts() == 10);
    CHECK(site.slots->in_flight() == 16);
}

TEST_CASE("POSTs that hold all they may leave room for polls and downloads") {
    Site site(16);
    const Slots::Paid paid(site.slots);
    site.start_posts();
    for (int i = 0; i < 6; ++i) site.download("d");
    for (int i = 0; i < 3; ++i) site.poll("p");

    CHECK(site.downloads.size() == 4);
    CHECK(site.polls.size() == 2);
}

TEST_CASE("downloads take half at most, and never the places of polls") {
    Site site(16);
    const Slots::Paid paid(site.slots);
    for (int i = 0; i < 20; ++i) site.download("d");
    CHECK(site.downloads.size() == 8);
    site.start_posts();
    for (int i = 0; i < 3; ++i) site.poll("p");

    CHECK(site.posts.size() == 6);
    CHECK(site.polls.size() == 2);
}

TEST_CASE("polls that never end do not hold up downloads") {
    Site site(8);
    const Slots::Paid paid(site.slots);
    for (int i = 0; i < 30; ++i) site.poll("p");
    for (int i = 0; i < 5; ++i) site.download("d");
    REQUIRE(site.polls.size() == 8);
    for (int i = 0; i < 6; ++i) site.polls[static_cast<std::size_t>(i)].release();
    site.run();

    CHECK(site.downloads.size() == 2);
    CHECK(site.polls.size() == 8 + 4);
}

TEST_CASE("links near expiry are fetched first, then those that came first") {
    Site site(2);
    site.download("first");
    site.download("late", 9000);
    site.download("unknown");
    site.download("soon", 100);
    site.download("late, too", 9000);
    for (std::size_t i = 0; i < site.downloads.size(); ++i) {
        site.downloads[i].release();
        site.run();
    }

    CHECK(site.order == std::vector<std::string>{"first", "soon", "late", "late, too", "unknown"});
}

TEST_CASE("what is paid goes before POSTs when places are few") {
    Site site(2);
    CHECK(site.start_posts() == 2);
    site.poll("p");
    site.posts.front().release();

    CHECK_FALSE(site.slots->post_is_free());
    site.run();
    CHECK(site.order == std::vector<std::string>{"p"});
}

TEST_CASE("when nothing paid is left to be had the loop is told that POSTs may start") {
    int told = 0;  // told to the end of the site's life
    Site site(16);
    site.slots->on_free([&] { ++told; });
    {
        Slots::Paid one(site.slots);
        Slots::Paid other(site.slots);
        one = Slots::Paid();
        CHECK(told == 0);
        CHECK(site.start_posts() == 10);
    }

    CHECK(told == 1);
    CHECK(site.start_posts() == 6);
}
