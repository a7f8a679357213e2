// What tasks cost: estimated before they are sent, known or estimated after. Decides with Budget
// whether the next may leave. No I/O: what it says is written with each ending by the store.

#pragma once

#include "base/failure.hpp"
#include "engine/budget.hpp"
#include "jobs/protocol/job.hpp"
#include "model/price.hpp"
#include "storage/store.hpp"

#include <cstdint>
#include <map>
#include <string>

namespace nightshift {

// What an attempt did, as far as money is concerned.
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

}  // namespace nightshift
