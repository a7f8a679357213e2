// How much of one thing, requests or tokens, went through lately, and whether more fits. Times are
// milliseconds of the caller's clock; the limit per minute is named each time, for it may change.
#pragma once

#include "sandbox/limits/limit.hpp"

#include <cstdint>
#include <deque>
#include <limits>
#include <utility>

namespace nightshift::sandbox {

class Meter {
public:
    // `minute_ms`: how long a minute lasts on the caller's clock. `burst_ms` is for buckets only.
    Meter(Window window, double minute_ms, double burst_ms)
        : window_(window), minute_ms_(minute_ms), burst_ms_(burst_ms) {}

    // An amount above the limit fits when nothing is spent: a full bucket holds at least it.
    bool fits(std::int64_t amount, std::int64_t per_minute, std::int64_t now_ms);

    // Spends an amount that fits.
    void spend(std::int64_t amount, std::int64_t per_minute, std::int64_t now_ms);

    // Spends an amount that nobody found room for before; too much is paid off by waiting longer.
    void owe(std::int64_t amount, std::int64_t per_minute, std::int64_t now_ms);

    // How much still fits, and how long it takes until everything does again.
    std::int64_t left(std::int64_t per_minute, std::int64_t now_ms);
    double full_in_ms(std::int64_t now_ms);

private:
    void forget_old(std::int64_t now_ms);
    void add(std::int64_t amount, std::int64_t now_ms);
    double price_ms(std::int64_t amount, std::int64_t per_minute) const;
    double credit_ms(double most_ms, std::int64_t now_ms) const;

    Window window_;
    double minute_ms_;
    double burst_ms_;

    // Of a sliding or a fixed minute.
    std::int64_t spent_ = 0;
    std::deque<std::pair<std::int64_t, std::int64_t>> spendings_;  // time in ms, amount; sliding
    double minute_ = 0;                                            // its number; fixed

    // Of a bucket, which is measured in time: an amount costs the time in which it flows in, so
    // that a limit that changes changes prices and nothing else. What is in it is the time since
    // this moment; at the start it is full, whatever that means to the first call.
    double empty_at_ms_ = -std::numeric_limits<double>::infinity();
};

}  // namespace nightshift::sandbox
