// How many requests may be in flight under one allowance: the configured number, or what the
// gateway was found to let in. It opens as answers come, closes to what is let in when more is
// refused, and tries one more from time to time.

#pragma once

#include "engine/pacing/sends.hpp"

#include <cstdint>
#include <optional>

namespace nightshift {

class Window {
public:
    // `known`: configured, it stays.
    explicit Window(std::optional<int> known);

    // Configured from here on; nullopt: no more, what it is is where the search begins.
    void set_known(std::optional<int> known);

    int size() const { return size_; }
    // It is where it is because somebody said so: the configuration, or a gateway that refused
    // more.
    bool is_told() const { return known_ || edge_ > 0; }
    bool is_known() const { return known_; }
    // A start has filled it.
    void filled(Instant now) { filled_at_ = now; }
    // While it opens and is full: when it may be twice as large, because a refusal of what fills it
    // would be here by then. Instant::max(): only an answer makes room.
    Instant opens_at() const;
    void open();

    // What an earlier run found.
    void begin_at(int size);
    // What was found, for a later run: refused more than once, or known from an earlier run and not
    // refuted. 0: nothing.
    int found() const;

    // After an outage: from the first size on.
    void reopen();

    // A request was let in. `in_flight`: what is left now. `may_open`: nothing else holds the lane.
    void answered(const Send& send, int in_flight, std::uint64_t last_send, bool may_open);

    // What a refusal, whose send is marked as refused already, says about the window.
    enum class Says {
        nothing,   // it was about something else
        narrowed,  // so many are not let in
        perhaps,   // one more is being tried: too early to say
    };
    struct Facts {
        const Sends& sends;
        int in_flight = 0;     // what is left
        double reply_s = 0;    // how long a refusal takes to come back
        bool paced = false;    // the pace is bounded: it is the likelier reason
        bool certain = false;  // the gateway said that it is about concurrency
        Instant now = {};
    };
    Says refused(const Send& send, const Facts& facts);
    // Refusals in a row that narrowed it to the same size: from three on it is the limit.
    int strikes() const { return strikes_; }

private:
    bool is_edge(const Send& send) const;
    bool is_inside(const Send& send, const Facts& facts) const;
    void forget_edge();
    bool is_too_many(const Send& send, const Facts& facts);
    void narrow(const Send& send, const Facts& facts);

    bool known_ = false;
    int size_;
    bool remembered_ = false;  // it began at what an earlier run found
    bool opening_ = true;      // one more for each answer: twice as many after each round trip
    Instant filled_at_ = Instant::max();
    int edge_ = 0;                        // the size that was refused, 0: none is known
    int edge_in_ = 0, edge_refused_ = 0;  // since the edge is tried again
    int inside_refused_ = 0;              // since it was narrowed
    int strikes_ = 0;
    std::uint64_t try_after_ = 0;  // the send after which one more is tried
    Instant narrowed_at_ = Instant::min();
};

}  // namespace nightshift
