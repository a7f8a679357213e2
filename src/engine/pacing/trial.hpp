// Tells refusals that come of the rate from refusals by chance (a gateway with several upstreams,
// one of them ill): some requests at this rate, then some at a lower one. A limit lets all of the
// latter in, chance refuses its share of them too.

#pragma once

#include "base/clock.hpp"

#include <cstdint>

namespace nightshift {

class Trial {
public:
    enum class Verdict {
        open,     // goes on
        passing,  // hardly anything was refused: go on as before
        lower,    // the first part is over: send at `lower_per_s` from here on
        limit,    // `let_in_per_s` is the limit
        chance,   // a share of `chance` is refused whatever the rate
    };

    bool is_on() const { return stage_ != Stage::none; }
    void begin(Instant now, std::uint64_t last_send);
    // Each one, also of what left before a silence.
    void refused(std::uint64_t send);
    void end() { stage_ = Stage::none; }
    // Before each start. `reply_s`: how long a refusal takes to come back.
    Verdict look(Instant now, std::uint64_t last_send, double reply_s);

    // Requests that were let in per second during the first part.
    double let_in_per_s() const { return let_in_per_s_; }
    double lower_per_s() const { return 0.85 * let_in_per_s_; }
    double chance() const { return chance_; }

private:
    bool is_enough(std::uint64_t made) const;
    enum class Stage { none, same, lower };

    Stage stage_ = Stage::none;
    Instant since_ = {};
    std::uint64_t from_ = 0;  // the last send before this stage
    int refused_ = 0;
    bool just_refused_ = false;  // since the latest start
    double share_ = 0;           // refused in the first part
    double let_in_per_s_ = 0, chance_ = 0;
};

}  // namespace nightshift
