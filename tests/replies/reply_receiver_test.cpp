#include "replies/reply_receiver.hpp"

#include "base/base64.hpp"
#include "base/bounds.hpp"
#include "base/digest.hpp"
#include "jobs/media/extracted_image.hpp"
#include "tests/fakes/large_png.hpp"
#include "tests/simulation/sim_disk.hpp"

#include <doctest/doctest.h>

using namespace nightshift;
using nightshift::test::SimDisk;

namespace {

const std::string key = "sk-0123456789abcdef";
const auto png = test::large_png(150'000);
const auto with_image = R"({"data":[{"b64_json":")" + encode_base64(png) + R"("}]})";
const auto large = std::string(3 * limits::reply_memory_bytes, 'x') + "end";

struct Desk {
    RunFolders folders_on_disk() {
        RunFolders made;
        made.root = "/x.run";
        made.disk = &disk;
        return made;
    }
    // All of `body` in pieces, then the end of the exchange.
    http::Reply arrive(ReplyArrival& to, std::string_view body,
                       http::Trouble trouble = http::Trouble::none) {
        http::Reply reply;
        reply.status = 200;
        reply.trouble = trouble;
        REQUIRE(to.head(200, {{"content-type", "application/json"}}));
        for (std::size_t at = 0; at < body.size(); at += 10'007) {
            REQUIRE(to.write(body.substr(at, 10'007)));
            io.restart();
            io.poll();
        }
        to.finish(reply);
        return reply;
    }
    std::string on_disk() {
        std::string all;
        for (const auto& [name, bytes] : disk.files_below("/x.run")) all += bytes;
        return all;
    }

    SimDisk disk{1};
    RunFolders folders = folders_on_disk();
    Keyring keys{key};
    ReplyLog log{folders};
    boost::asio::io_context io{1};
    Workers files{io, 0, Worker::Mode::inlined};
    ReplyArrival arrival{log, files, keys, {.row = 1, .number = 1, .may_lift = true}};
};

}  // namespace

TEST_CASE("a small reply stays in memory, without the key") {
    Desk desk;
    const auto reply = desk.arrive(desk.arrival, "{\"echo\":\"" + key + "\"}");
    CHECK(reply.body == "{\"echo\":\"[key]\"}");
    CHECK_FALSE(desk.arrival.is_spooled());
}

TEST_CASE("a large reply goes to a file while it arrives") {
    Desk desk;
    auto reply = desk.arrive(desk.arrival, large);
    CHECK(reply.body.empty());
    REQUIRE(desk.arrival.is_spooled());

    REQUIRE(desk.arrival.keep(reply) != nullptr);

    CHECK(desk.arrival.body().read() == large);
    CHECK(desk.log.recover(1, 1).value().body == large);
}

TEST_CASE("the key gets to no file, wherever pieces of a large reply meet") {
    for (std::size_t before : {0, 9'995, 10'000, 65'530, 65'536, 70'040}) {
        CAPTURE(before);
        Desk desk;
        auto body = large;
        body.insert(before, " " + key + " ");
        desk.arrive(desk.arrival, body);
        REQUIRE(desk.arrival.is_spooled());
        CHECK(desk.on_disk().find(key.substr(0, 8)) == std::string::npos);
        CHECK(desk.arrival.body().read().substr(before, 7) == " [key] ");
    }
}

TEST_CASE("of a large reply that is cut the beginning is left, and its file is free") {
    Desk desk;
    const auto reply = desk.arrive(desk.arrival, large, http::Trouble::truncated);
    CHECK(reply.body == large.substr(0, limits::error_body_bytes));
    CHECK_FALSE(desk.arrival.is_spooled());
    const auto files = desk.disk.list(desk.folders.replies()).size();
    ReplyArrival next(desk.log, desk.files, desk.keys, {.row = 2, .number = 1, .may_lift = true});
    desk.arrive(next, large);
    CHECK(desk.disk.list(desk.folders.replies()).size() == files);
}

TEST_CASE("a large reply for which the disk has no room stays whole in memory") {
    for (std::uint64_t room : {0, 50'000, 100'000, 150'000}) {
        CAPTURE(room);
        Desk desk;
        desk.disk.set_capacity(desk.disk.used() + room);
        const auto reply = desk.arrive(desk.arrival, large);
        CHECK_FALSE(desk.arrival.is_spooled());
        CHECK(reply.body == large);
    }
}

TEST_CASE("a large reply whose record the disk refuses stays whole in memory") {
    Desk desk;
    auto reply = desk.arrive(desk.arrival, large);
    REQUIRE(desk.arrival.is_spooled());
    desk.disk.fail_after(1);
    CHECK(desk.arrival.keep(reply) == nullptr);
    CHECK(reply.body == large);
    CHECK_FALSE(desk.log.recover(1, 1).has_value());
}

TEST_CASE("of a large reply with an image the text is left, and the image is in a file") {
    Desk desk;
    const auto reply = desk.arrive(desk.arrival, with_image);
    const auto mark = jobs::mark_of({.index = 1, .bytes = png.size()});
    CHECK(reply.body == R"({"data":[{"b64_json":")" + mark + R"("}]})");
    CHECK(desk.arrival.is_lifted());
    CHECK_FALSE(desk.arrival.is_spooled());
    CHECK(desk.arrival.finish_lifted() == std::vector{sha256_hex(png)});
    const auto file = desk.disk.open(desk.log.lifted_path(1, 1, 1), OpenFor::reading);
    std::string bytes(file->size(), '\0');
    file->read(0, bytes.data(), bytes.size());
    CHECK(bytes == png);
}

TEST_CASE("the key gets to no file, wherever pieces of a reply with an image meet") {
    for (std::size_t before : {0, 1, 9'990, 10'000, 65'530, 75'000, 100'000}) {
        CAPTURE(before);
        Desk desk;
        auto body = with_image;
        body.insert(before, key);
        const auto reply = desk.arrive(desk.arrival, body);
        CHECK(desk.on_disk().find(key.substr(0, 8)) == std::string::npos);
        CHECK(reply.body.find(key.substr(0, 8)) == std::string::npos);
    }
}

TEST_CASE("of a reply with an image that is cut the beginning is left, and no file") {
    Desk desk;
    const auto cut = with_image.substr(0, with_image.size() - 1000);
    const auto reply = desk.arrive(desk.arrival, cut, http::Trouble::truncated);
    CHECK(reply.body == R"({"data":[{"b64_json":")");
    CHECK_FALSE(desk.arrival.is_lifted());
    CHECK(desk.disk.list(desk.folders.replies()).size() == 1);
}

TEST_CASE("a reply with an image for which the disk has no room stays whole in memory") {
    for (std::uint64_t room : {0, 10'000, 60'000, 100'000, 140'000}) {
        CAPTURE(room);
        Desk desk;
        desk.disk.set_capacity(desk.disk.used() + room);
        auto reply = desk.arrive(desk.arrival, with_image);
        CHECK(desk.arrival.is_lifted() == (room >= 140'000));  // else it was told on the way
        if (desk.arrival.is_lifted()) {
            CHECK_THROWS_AS(desk.arrival.finish_lifted(), DiskFull);
            desk.arrival.put_back(reply);
        }
        CHECK_FALSE(desk.arrival.is_lifted());
        const bool is_equal = reply.body == with_image;
        CHECK(is_equal);
        CHECK(desk.disk.list(desk.folders.replies()).size() == 1);
    }
}

TEST_CASE("an image that the disk does not sync is put back into its reply") {
    Desk desk;
    auto reply = desk.arrive(desk.arrival, with_image);
    desk.disk.fail_after(1);
    CHECK_THROWS_AS(desk.arrival.finish_lifted(), StorageError);
    desk.arrival.put_back(reply);
    CHECK(reply.body == with_image);
    CHECK_FALSE(desk.arrival.is_lifted());
    CHECK(desk.disk.list(desk.folders.replies()).size() == 1);
}

TEST_CASE("a reply whose image turns out to be none goes to a file as it came") {
    const auto front = with_image.substr(0, with_image.size() - 4);
    const auto more = std::string(2 * limits::reply_memory_bytes, 'x');
    for (const auto& body : {front + "\\u003d\"}]}", front + "\\n" + more + "\"}]}"}) {
        Desk desk;
        desk.arrive(desk.arrival, body);
        REQUIRE(desk.arrival.is_spooled());
        CHECK_FALSE(desk.arrival.is_lifted());
        CHECK(desk.arrival.body().read() == body);
        CHECK(desk.log.lifted(1, 1) == 0);
    }
}

TEST_CASE("the same for which the disk has no room stays whole in memory") {
    const auto body = with_image.substr(0, with_image.size() - 4) + "\\u003d\"}]}";
    for (std::uint64_t room : {150'000, 200'000, 300'000}) {
        CAPTURE(room);
        Desk desk;
        desk.disk.set_capacity(desk.disk.used() + room);
        const auto reply = desk.arrive(desk.arrival, body);
        CHECK(reply.body == body);
    }
}

TEST_CASE("a reply with an image and a large text is not left in memory") {
    Desk desk;
    const auto body = with_image + std::string(3 * limits::reply_memory_bytes, ' ');
    desk.arrive(desk.arrival, body);
    REQUIRE(desk.arrival.is_spooled());
    CHECK(desk.arrival.body().read() == body);
    CHECK(desk.log.lifted(1, 1) == 0);
}

TEST_CASE("nothing is lifted where marks are not known") {
    Desk desk;
    ReplyArrival arrival(desk.log, desk.files, desk.keys,
                         {.row = 2, .number = 1, .may_lift = false});
    desk.arrive(arrival, with_image);
    CHECK(arrival.is_spooled());
    CHECK(arrival.body().read() == with_image);
}

TEST_CASE("a large reply whose connection broke behind its own end is whole") {
    const auto padding = std::string(3 * limits::reply_memory_bytes, 'x');
    const Job job;
    for (const bool closed : {true, false}) {
        CAPTURE(closed);
        Desk desk;
        ReplyArrival arrival(desk.log, desk.files, desk.keys,
                             {.row = 1, .number = 1, .may_lift = false, .job = &job});
        const auto body = "{\"a\":\"" + padding + (closed ? "\"}" : "");
        const auto reply = desk.arrive(arrival, body, http::Trouble::truncated);
        CHECK((reply.trouble == http::Trouble::none) == closed);
        CHECK(arrival.is_spooled() == closed);
        if (closed) CHECK(arrival.body().read() == body);
    }
}

TEST_CASE("a lifted image whose reply's connection broke behind its own end is kept") {
    const Job job;
    for (const bool closed : {true, false}) {
        CAPTURE(closed);
        Desk desk;
        ReplyArrival arrival(desk.log, desk.files, desk.keys,
                             {.row = 1, .number = 1, .may_lift = true, .job = &job});
        const auto digits = encode_base64(png);
        const auto body = R"({"data":[{"b64_json":")" + digits + (closed ? "\"}]}" : "");
        const auto reply = desk.arrive(arrival, body, http::Trouble::truncated);
        CHECK((reply.trouble == http::Trouble::none) == closed);
        CHECK(arrival.is_lifted() == closed);
    }
}
