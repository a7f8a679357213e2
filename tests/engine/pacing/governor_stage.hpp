// Governors that always have work against one gateway, on a time of their own.

#pragma once

#include "base/random.hpp"
#include "engine/pacing/governor.hpp"

#include <algorithm>
#include <cmath>
#include <deque>
#include <functional>
#include <memory>
#include <numbers>
#include <queue>
#include <vector>

namespace nightshift::test {

// Refuses what comes too much, by the time of arrival in seconds.
using Gate = std::function<bool(double at_s)>;

// So many in any minute.
inline Gate in_any_minute(int most) {
    return [most, in = std::deque<double>()](double at_s) mutable {
        while (!in.empty() && in.front() <= at_s - 60) in.pop_front();
        if (static_cast<int>(in.size()) >= most) return false;
        in.push_back(at_s);
        return true;
    };
}

// A bucket of one second's worth.
inline Gate in_each_second(double per_s) {
    return [per_s, credit = per_s, last_s = 0.0](double at_s) mutable {
        credit = std::min(per_s, credit + (at_s - last_s) * per_s);
        last_s = at_s;
        if (credit < 1) return false;
        credit -= 1;
        return true;
    };
}

class GovernorStage {
public:
    struct Lane {
        explicit Lane(LimitRule rule = {}) : governor(rule) {}
        Governor governor;
        double work_s = 0.5;   // of an answer
        double sigma = 0;      // of the logarithm of its work; 0: evenly between 0.4 and 1.6 times
        bool has_work = true;  // otherwise only what is in flight comes back
        int places = 64;       // -j
        int let_in = 0, refused = 0, in_flight = 0, most_in_flight = 0;
        std::function<double(int in_flight)> slowness = {};  // a factor of its work
        std::function<http::RateHeaders(double now_s)> headers = {};
        std::function<Refusal()> words = [] { return Refusal(); };
    };

    explicit GovernorStage(Gate gate, std::uint64_t seed = 1)
        : gate_(std::move(gate)), random_(seed) {}

    Lane& add(LimitRule rule = {}) {
        lanes_.push_back(std::make_unique<Lane>(std::move(rule)));
        return *lanes_.back();
    }
    static Instant at(double s) { return Instant(std::chrono::hours(1)) + seconds(s); }
    double now_s() const { return now_s_; }
    void gate(Gate gate) { gate_ = std::move(gate); }

    // Until then, or until so many were let in.
    void run_until(double end_s, int let_in = 1 << 30) {
        while (now_s_ < end_s && total() < let_in) {
            double next_s = coming_.empty() ? end_s : coming_.top().at_s;
            Lane* starts = nullptr;
            for (auto& lane : lanes_) {
                if (!lane->has_work || lane->in_flight >= lane->places) continue;
                const auto start = lane->governor.next_start(at(now_s_), 1);
                if (start == Instant::max()) continue;
                const double start_s = std::max(now_s_, to_seconds(start - at(0)));
                if (start_s >= next_s) continue;
                next_s = start_s;
                starts = lane.get();
            }
            now_s_ = std::min(next_s, end_s);
            if (starts != nullptr) {
                start(*starts);
            } else if (!coming_.empty() && coming_.top().at_s <= now_s_) {
                const auto coming = coming_.top();
                coming_.pop();
                take(coming);
            }
        }
    }

private:
    enum class What { arrival, answer, refusal };
    struct Coming {
        double at_s;
        What what;
        Lane* lane;
        std::uint64_t send;
        bool operator<(const Coming& other) const { return at_s > other.at_s; }
    };

    int total() const {
        int sum = 0;
        for (const auto& lane : lanes_) sum += lane->let_in;
        return sum;
    }
    // What leaves in order may arrive in another.
    void start(Lane& lane) {
        const auto send = lane.governor.started(at(now_s_), 1);
        lane.most_in_flight = std::max(lane.most_in_flight, ++lane.in_flight);
        coming_.push({now_s_ + way_s(), What::arrival, &lane, send});
    }
    double length(double sigma) {
        if (sigma == 0) return random_.between(0.4, 1.6);
        const double u = std::max(1e-12, random_.unit()), v = random_.unit();
        const double normal = std::sqrt(-2 * std::log(u)) * std::cos(2 * std::numbers::pi * v);
        return std::exp(sigma * normal - sigma * sigma / 2);
    }
    double way_s() { return 0.02 * random_.between(0.8, 1.2); }
    void take(const Coming& coming) {
        auto& lane = *coming.lane;
        if (coming.what == What::arrival) {
            const bool in = gate_(now_s_);
            const double factor = lane.slowness ? lane.slowness(lane.in_flight) : 1;
            const double work_s = in ? lane.work_s * factor * length(lane.sigma) : 0;
            const auto what = in ? What::answer : What::refusal;
            return coming_.push({now_s_ + work_s + way_s(), what, &lane, coming.send});
        }
        --lane.in_flight;
        if (coming.what == What::answer) {
            ++lane.let_in;
            if (lane.headers) lane.governor.told(lane.headers(now_s_), at(now_s_));
            lane.governor.answered(coming.send, at(now_s_));
        } else {
            ++lane.refused;
            lane.governor.refused(coming.send, at(now_s_), lane.words());
        }
    }

    Gate gate_;
    Random random_;
    std::vector<std::unique_ptr<Lane>> lanes_;
    std::priority_queue<Coming> coming_;
    double now_s_ = 0;
};

}  // namespace nightshift::test
