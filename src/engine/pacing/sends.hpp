// The latest POSTs that left under one allowance, and what came of each: the evidence by which
// the governor tells one kind of limit from another.

#pragma once

#include "base/clock.hpp"

#include <boost/container/deque.hpp>

#include <cstdint>

namespace nightshift {

struct Send {
    enum class Fate { open, answered, refused, lost };

    std::uint64_t number = 0;  // from 1
    Instant at = {};
    int in_flight = 0;  // when it left, itself included
    double tokens = 0;
    Fate fate = Fate::open;
    bool explained = false;  // refused, and a silence was kept for it
};

class Sends {
public:
    // The number of the one that leaves.
    std::uint64_t add(Instant now, int in_flight, double tokens);
    // nullptr when it is too long ago.
    Send* find(std::uint64_t number);
    std::uint64_t last_number() const { return last_number_; }
    const Send& last() const { return sends_.back(); }

    // How many in a row were refused around this one, and when the first of them left.
    struct Run {
        int length = 0;
        Instant since = {};
        std::uint64_t first = 0;
    };
    Run run_around(std::uint64_t number) const;
    // The one before or after this one left with so many in flight, and was not refused: requests
    // that left together may arrive in any order.
    bool left_beside(const Send& send, int in_flight) const;
    // Of the last `count`.
    int refused_of(int count) const;
    // Those around this one need no other explanation than the silence that they led to.
    void explain_run_around(std::uint64_t number);
    void explain_all();  // those refused up to here
    // Of those that left before `number`, and led to no silence: how many were refused. An open one
    // counts as let in.
    struct Scattered {
        int refused = 0, all = 0;
    };
    Scattered scattered_before(std::uint64_t number) const;

    // Let in or refused, by how many were in flight, as against `in_flight`. What is open counts
    // as let in when it left at least `reply_s` ago: a refusal would be here. Requests that left
    // together may arrive in any order, so what was let in with one less in flight says nothing.
    struct Sides {
        int below_in = 0, below_refused = 0, above_in = 0, above_refused = 0;
    };
    Sides sides(int in_flight, double reply_s, Instant now) const;

private:
    static constexpr std::size_t least_kept = 128;  // besides what may be in flight
    const Send* at(std::uint64_t number) const;

    boost::container::deque<Send> sends_;  // one of std allocates before anything is in it
    std::uint64_t last_number_ = 0;
};

}  // namespace nightshift
