// The network between the engine and the simulated gateway: latency, outages, resets before and
// after the work was done, replies that never come, cut bodies, proxies that speak HTML.

#pragma once

#include "base/random.hpp"
#include "http/curl/client.hpp"
#include "tests/fakes/virtual_clock.hpp"
#include "tests/simulation/sim_gateway.hpp"

namespace nightshift::test {

// 0..1 each.
struct NetworkMoods {
    double reset_before = 0;  // the gateway never saw it, we cannot know
    double reset_after = 0;   // executed, the reply is lost
    double stall = 0;         // executed, the reply never comes
    double cut = 0;           // executed, the body ends early
    double proxy_page = 0;    // executed, a proxy answers 504 HTML
    double outage = 0;        // part of each two hours without any connection
    double latency_s = 1;     // mean
};

class SimNetwork : public http::Transport {
public:
    SimNetwork(VirtualClock& clock, SimGateway& gateway, NetworkMoods moods, std::uint64_t seed)
        : clock_(clock), gateway_(gateway), moods_(moods), random_(seed) {}

    Async<http::Reply> send(http::Request request) override;
    int in_flight() const { return in_flight_; }

private:
    enum class Fate { whole, unreachable, reset_before, reset_after, stall, cut, proxy_page };
    Fate draw(double now_s);
    double now_s() const;
    Async<http::Reply> carry(const http::Request& request, Fate fate);
    Async<void> deliver(const http::Request& request, Fate fate, http::Reply& reply);

    VirtualClock& clock_;
    SimGateway& gateway_;
    NetworkMoods moods_;
    Random random_;
    int in_flight_ = 0;
};

}  // namespace nightshift::test
