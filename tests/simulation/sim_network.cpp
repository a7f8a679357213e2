#include "tests/simulation/sim_network.hpp"

#include <algorithm>
#include <cmath>

namespace nightshift::test {
namespace {

http::Reply trouble_of(http::Trouble trouble, bool sent) {
    http::Reply reply;
    reply.trouble = trouble;
    reply.sent = sent;
    return reply;
}

}  // namespace

double SimNetwork::now_s() const {
    return to_seconds(clock_.now().time_since_epoch());
}

SimNetwork::Fate SimNetwork::draw(double now_s) {
    if (std::fmod(now_s, 7200) < 7200 * moods_.outage) return Fate::unreachable;
    double roll = random_.unit();
    const std::pair<Fate, double> fates[] = {{Fate::reset_before, moods_.reset_before},
                                             {Fate::reset_after, moods_.reset_after},
                                             {Fate::stall, moods_.stall},
                                             {Fate::cut, moods_.cut},
                                             {Fate::proxy_page, moods_.proxy_page}};
    for (const auto& [fate, probability] : fates) {
        if (roll < probability) return fate;
        roll -= probability;
    }
    return Fate::whole;
}

Async<http::Reply> SimNetwork::send(http::Request request) {
    ++in_flight_;
    const auto sent_at = clock_.now();
    if (request.method == "POST") gateway_.note_post(now_s());
    auto reply = co_await carry(request, draw(now_s()));
    --in_flight_;
    if (reply.sent) reply.sent_at = sent_at;
    co_return reply;
}

// Half the latency before the gateway acts, half after.
Async<http::Reply> SimNetwork::carry(const http::Request& request, Fate fate) {
    const auto begun = clock_.now();
    const double latency = -moods_.latency_s * std::log(1 - random_.unit());
    co_await clock_.sleep_until(begun + seconds(latency / 2));
    if (fate == Fate::unreachable) co_return trouble_of(http::Trouble::connect, false);
    if (fate == Fate::reset_before) co_return trouble_of(http::Trouble::reset, true);
    auto reply = gateway_.answer(request, now_s());
    reply.sent = true;
    if (fate == Fate::stall) {
        const bool bounded = request.timeout > Duration::zero();
        const bool watched = request.low_speed_time > Duration::zero();
        const auto idle = watched ? request.low_speed_time : seconds(90);
        const bool times_out = bounded && (!watched || request.timeout <= idle);
        co_await clock_.sleep_until(begun + (times_out ? request.timeout : idle));
        co_return trouble_of(times_out ? http::Trouble::timeout : http::Trouble::idle, true);
    }
    co_await clock_.sleep_until(clock_.now() + seconds(latency / 2));
    if (fate == Fate::reset_after) co_return trouble_of(http::Trouble::reset, true);
    if (fate == Fate::proxy_page) {
        reply.status = 504;
        reply.headers = {{"content-type", "text/html"}};
        reply.body = "<html><title>504 Gateway Time-out</title></html>";
    }
    co_await deliver(request, fate, reply);
    co_return reply;
}

// The body, in pieces when somebody receives it as it comes.
Async<void> SimNetwork::deliver(const http::Request& request, Fate fate, http::Reply& reply) {
    if (fate == Fate::cut && !reply.body.empty()) {
        reply.body.resize(random_.bits() % reply.body.size());
        reply.trouble = http::Trouble::truncated;
    }
    if (request.sink == nullptr) co_return;
    const auto body = std::exchange(reply.body, {});
    bool wanted = request.sink->head(reply.status, reply.headers);
    for (std::size_t at = 0; wanted && at < body.size();) {
        const auto count = std::min<std::size_t>(body.size() - at, 1 + random_.bits() % 16'000);
        wanted = request.sink->write(std::string_view(body).substr(at, count));
        at += count;
        co_await clock_.sleep_until(clock_.now() + seconds(random_.between(0.01, 0.5)));
    }
    if (!wanted) reply.trouble = http::Trouble::sink;
}

}  // namespace nightshift::test
