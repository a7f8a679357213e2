// The silence after a wall of refusals, and the single requests that ask whether it is over. One
// for all lanes of an allowance, so that one 429 quiets them all.

#pragma once

#include "base/clock.hpp"

#include <cstdint>

namespace nightshift {

class CoolDown {
public:
    bool is_on() const { return on_; }
    // `since`: when the first of what was refused had left. `unexpected`: at the configured pace,
    // so that it is no breath of the gateway's; the first pause is twice as long.
    void begin(Instant since, Instant now, bool unexpected = false);
    // The gateway asks for so long a silence. Up to limits::told_wait_step_s at once: after that a
    // probe asks whether it is over, however long it is. A probe's latest word counts, of what left
    // before the silence the longest.
    void told(std::uint64_t send, Instant now, double wait_s);
    // The earliest start: of the probe, or of what comes after one that was not refused in time.
    Instant next(Instant now) const;

    // A start while it is on is the probe. `reply_s`: how long a refusal takes to come back.
    void started(std::uint64_t send, Instant now, double reply_s);
    bool is_probe(std::uint64_t send) const { return probe_ != 0 && probe_ == send; }
    void probe_refused(Instant now);
    void probe_lost() { probe_ = 0; }
    // The probe was answered, or not refused for long enough.
    bool is_over(Instant now) const { return on_ && probe_ != 0 && now >= clear_at_; }
    void end() { on_ = false, probe_ = 0, told_until_ = Instant::min(); }

    double pause_s() const;
    int probes_refused() const { return refused_; }
    Instant since() const { return since_; }
    Instant until() const { return until_; }
    // When the silence ends that the gateway asked for; Instant::min(): it asked for none.
    Instant told_until() const { return told_until_; }

private:
    void keep_to_told(Instant now);

    bool on_ = false;
    Instant since_ = {}, until_ = {}, clear_at_ = {};
    Instant told_until_ = Instant::min();
    std::uint64_t probe_ = 0;
    int refused_ = 0, skipped_ = 0;
};

}  // namespace nightshift
