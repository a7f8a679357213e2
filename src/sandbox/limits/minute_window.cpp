// Three kinds of minute.
#include "sandbox/limits/minute_window.hpp"

#include <algorithm>
#include <cmath>

namespace nightshift::sandbox {
namespace {

// Prices are fractions of a millisecond, and the sum of three thirds must still be one.
constexpr double rounding_ms = 0.001;

}  // namespace

void Meter::forget_old(std::int64_t now_ms) {
    if (window_ == Window::fixed) {
        const double minute = std::floor(static_cast<double>(now_ms) / minute_ms_);
        if (minute != minute_) spent_ = 0;
        minute_ = minute;
        return;
    }
    while (!spendings_.empty() &&
           static_cast<double>(now_ms - spendings_.front().first) >= minute_ms_) {
        spent_ -= spendings_.front().second;
        spendings_.pop_front();
    }
}

double Meter::price_ms(std::int64_t amount, std::int64_t per_minute) const {
    return static_cast<double>(amount) * minute_ms_ / static_cast<double>(per_minute);
}

double Meter::credit_ms(double most_ms, std::int64_t now_ms) const {
    return std::min(most_ms, static_cast<double>(now_ms) - empty_at_ms_);
}

bool Meter::fits(std::int64_t amount, std::int64_t per_minute, std::int64_t now_ms) {
    if (window_ == Window::bucket) {
        const double price = price_ms(amount, per_minute);
        return credit_ms(std::max(burst_ms_, price), now_ms) + rounding_ms >= price;
    }
    forget_old(now_ms);
    return spent_ == 0 || spent_ + amount <= per_minute;
}

void Meter::add(std::int64_t amount, std::int64_t now_ms) {
    if (amount == 0) return;
    forget_old(now_ms);
    spent_ += amount;
    if (window_ == Window::sliding) spendings_.emplace_back(now_ms, amount);
}

void Meter::spend(std::int64_t amount, std::int64_t per_minute, std::int64_t now_ms) {
    if (window_ != Window::bucket) return add(amount, now_ms);
    const double price = price_ms(amount, per_minute);
    const double credit = credit_ms(std::max(burst_ms_, price), now_ms);
    empty_at_ms_ = static_cast<double>(now_ms) - credit + price;
}

void Meter::owe(std::int64_t amount, std::int64_t per_minute, std::int64_t now_ms) {
    if (window_ != Window::bucket) return add(amount, now_ms);
    const double credit = credit_ms(burst_ms_, now_ms);
    empty_at_ms_ = static_cast<double>(now_ms) - credit + price_ms(amount, per_minute);
}

std::int64_t Meter::left(std::int64_t per_minute, std::int64_t now_ms) {
    if (window_ == Window::bucket) {
        const double credit = std::max(0.0, credit_ms(burst_ms_, now_ms)) + rounding_ms;
        return static_cast<std::int64_t>(credit / price_ms(1, per_minute));
    }
    forget_old(now_ms);
    return std::max(std::int64_t{0}, per_minute - spent_);
}

double Meter::full_in_ms(std::int64_t now_ms) {
    if (window_ == Window::bucket) return burst_ms_ - credit_ms(burst_ms_, now_ms);
    forget_old(now_ms);
    if (spent_ == 0) return 0;
    const auto now = static_cast<double>(now_ms);
    return window_ == Window::fixed
               ? (minute_ + 1) * minute_ms_ - now
               : static_cast<double>(spendings_.back().first) + minute_ms_ - now;
}

}  // namespace nightshift::sandbox
