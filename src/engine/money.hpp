// What tasks cost: estimated before they are sent, known or estimated after. Decides with Budget
// whether the next may leave. No I/O: what it says is written with each ending by the store.

#pragma once

#include "base/failure.hpp"
#include "jobs/protocol/job.hpp"
#include "model/price.hpp"
#include "storage/store.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <string>

namespace nightshift {

// --budget: whether one more POST may leave. What was spent is known or estimated; what is in
// flight is reserved at its estimate. Both together never pass the budget. Pure: amounts in the
// price table's unit, keyed by the queue's row.
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

// The part of an attempt that matters for money.
struct Deed {
    bool posted = false;    // it ends a POST of its own; else it polls or fetches an earlier one's
    bool sent = false;      // ... that may have been executed
    bool answered = false;  // ... that was answered 2xx
    bool accepted = false;  // the gateway has or had it: a remote id, or a result to fetch
    std::optional<Charge> cost = {};  // of the answer, when it was read
};

class Money {
public:
    Money(PriceTable prices, std::optional<double> budget)
        : prices_(std::move(prices)), budget_(budget) {}

    // What the whole run directory cost before this run.
    void begin(const Charge& before);

    void set_budget(std::optional<double> most) { budget_.set_most(most); }

    // Asked just before a POST; `yes` for rows that are paid and only want their result fetched.
    Budget::Start may_start(const Row& row) const;
    std::string why_never(const Row& row) const;
    void reserve(const Row& row);
    void release(std::int64_t row) { budget_.release(row); }

    // What the POST cost, or may have.
    Charge of_success(const Row& row, const Task& task, const Outcome& outcome);
    Charge of_failure(const Row& row, const Failure& failure, const Deed& deed) const;
    // Puts it into the ending. Where an earlier ending had put something down for the same POST,
    // only the difference is added.
    static void charge(Ending& ending, const Row& row, const Charge& charge, const Deed& deed);

    // The reply was read: until its ending is durable, what it cost is what is reserved for it.
    void known(const Row& row, const Charge& charge);
    // The ending is durable.
    void ended(const Ending& ending);

    // Its result is there and only wants to be fetched: no POST is needed.
    static bool is_paid(const Row& row);
    bool has_price(const Row& row) const { return price_of(prices_, row.model) != nullptr; }
    bool has_prices() const { return !prices_.empty(); }
    const Charge& total() const { return total_; }  // of the whole run directory
    const Budget& budget() const { return budget_; }

private:
    struct Learned {
        std::int64_t replies = 0;
        double output_tokens = 0;  // of all of them
    };
    double output_tokens_of(const Row& row) const;
    double estimate_of(const Row& row) const;
    double estimate_of(const Row& row, double output_tokens) const;

    PriceTable prices_;
    Budget budget_;
    Charge total_;
    std::map<std::int64_t, Learned> lanes_;
};

// The cost of a finished task, in the price table's unit. Usage that the reply leaves out, as some
// models do, is taken from the estimate.
double cost_of(const Price& price, const Outcome& outcome, const Task& task,
               const Estimate& estimate, double estimated_output_tokens);

}  // namespace nightshift
