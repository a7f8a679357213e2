// The simple clients: workers that take the next task from a list.

#include "tests/pacing/contenders.hpp"

#include "base/random.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>

#include <cmath>
#include <deque>

namespace nightshift::test {
namespace {

struct Policy {
    int workers = 64;
    double per_s = 0;       // token bucket; 0: none
    bool backs_off = true;  // else: tries again at once
    bool knows = false;     // when a video is done
};

// Takes everything that is fetched.
class Bin : public http::Sink {
public:
    bool head(int, const http::Headers&) override { return true; }
    bool write(std::string_view) override { return true; }
};

struct Shop {
    VirtualClock& clock;
    PacedGateway& gateway;
    const PacedCase& the_case;
    Policy policy;
    Random random;
    std::deque<std::size_t> todo = {};
    Instant next_token = {};
    int left = 0;
};

Async<void> take_token(Shop& shop) {
    if (shop.policy.per_s <= 0) co_return;
    shop.next_token = std::max(shop.next_token, shop.clock.now());
    const auto mine = shop.next_token;
    shop.next_token += seconds(1 / shop.policy.per_s);
    co_await shop.clock.sleep_until(mine);
}

Async<void> fetch_video(Shop& shop, std::string remote_id) {
    http::Request ask;
    ask.url = http::Url::parse("https://gateway.example/v1/videos/" + remote_id).value();
    for (;;) {
        const auto wait = shop.clock.now() + seconds(15);
        const auto when = shop.policy.knows ? shop.gateway.done_at(remote_id) : wait;
        co_await shop.clock.sleep_until(when);
        auto request = ask;
        const auto reply = co_await shop.gateway.send(std::move(request));
        if (reply.body.find("completed") != std::string::npos) break;
    }
    for (;;) {
        Bin bin;
        http::Request fetch;
        fetch.url = http::Url::parse("https://results.example/" + remote_id).value();
        fetch.sink = &bin;
        const auto reply = co_await shop.gateway.send(std::move(fetch));
        if (reply.trouble == http::Trouble::none) co_return;
    }
}

Async<void> do_task(Shop& shop, std::size_t index) {
    const auto& task = shop.the_case.tasks[index];
    for (int tries = 0;; ++tries) {
        co_await take_token(shop);
        http::Request request;
        request.method = "POST";
        request.url = http::Url::parse("https://gateway.example" + task.path).value();
        request.body = task.body;
        request.timeout = seconds(shop.the_case.timeout_s);
        const auto reply = co_await shop.gateway.send(std::move(request));
        if (reply.status == 200) break;
        if (!shop.policy.backs_off) {  // knows what it means: only this task waits
            const auto told_s =
                reply.header("retry-after").empty() ? 0 : shop.the_case.chances.retry_after_s;
            co_await shop.clock.sleep_until(shop.clock.now() + seconds(told_s));
            continue;
        }
        const double most = std::min(60.0, std::pow(2.0, std::min(tries, 10)));
        const auto pause = seconds(most * (1 - shop.random.unit()));
        co_await shop.clock.sleep_until(shop.clock.now() + pause);
    }
    if (task.endpoint == "videos") {
        auto id = "task_" + task.id;
        co_await fetch_video(shop, std::move(id));
    }
}

Async<void> work(Shop& shop) {
    while (!shop.todo.empty()) {
        const auto index = shop.todo.front();
        shop.todo.pop_front();
        co_await do_task(shop, index);
        --shop.left;
    }
}

PacedResult run(const PacedCase& the_case, const Policy& policy, std::uint64_t seed) {
    boost::asio::io_context io(1);
    VirtualClock clock(io);
    PacedGateway gateway(clock, the_case, seed);
    Shop shop{clock, gateway, the_case, policy, Random(seed)};
    for (std::size_t i = 0; i < the_case.tasks.size(); ++i) shop.todo.push_back(i);
    shop.left = static_cast<int>(the_case.tasks.size());
    for (int i = 0; i < policy.workers; ++i) {
        boost::asio::co_spawn(io, work(shop), boost::asio::detached);
    }
    const auto began = clock.now();
    while (shop.left > 0) {
        io.restart();
        if (io.poll() > 0) continue;
        if (!clock.advance() || clock.now() - began > std::chrono::hours(72)) break;
    }
    return {gateway.stats(), shop.left == 0, to_seconds(clock.now() - began)};
}

}  // namespace

PacedResult run_semaphore(const PacedCase& the_case, std::uint64_t seed) {
    return run(the_case, {.workers = the_case.semaphore}, seed);
}

PacedResult run_bucket(const PacedCase& the_case, std::uint64_t seed) {
    return run(the_case, {.workers = the_case.semaphore, .per_s = 0.8 * the_case.requests_per_s},
               seed);
}

PacedResult run_clairvoyant(const PacedCase& the_case, std::uint64_t seed) {
    Policy policy{.workers = the_case.semaphore, .backs_off = false, .knows = true};
    // Submits may not be refused either.
    if (the_case.always_known) policy.per_s = the_case.requests_per_s;
    return run(the_case, policy, seed);
}

}  // namespace nightshift::test
