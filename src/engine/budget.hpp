// --budget: whether one more POST may leave. What was spent is known or estimated; what is in
// flight is reserved at its estimate. Both together never pass the budget. Pure: amounts in the
// price table's unit, keyed by the queue's row.

#pragma once

#include <cstdint>
#include <map>
#include <optional>

namespace nightshift {

class Budget {
public:
    enum class Start {
        yes,
        wait,   // something in flight may turn out cheaper than its estimate
        never,  // it would be too much even if everything in flight were free
    };

    explicit Budget(std::optional<double> most) : most_(most) {}

    void set_most(std::optional<double> most) { most_ = most; }
    Start may_start(double estimate) const;
    void spend(double amount) { spent_ += amount; }  // may correct an earlier amount: below zero
    void reserve(std::int64_t row, double estimate);
    void release(std::int64_t row);  // its ending is durable, or its POST never left

    const std::optional<double>& most() const { return most_; }
    double spent() const { return spent_; }
    double reserved() const { return reserved_; }

private:
    std::optional<double> most_;  // absent: no bound
    double spent_ = 0, reserved_ = 0;
    std::map<std::int64_t, double> rows_;
};

}  // namespace nightshift
