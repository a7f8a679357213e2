// Finds what one allowance can bear when its limits are unknown, lower than configured, or
// changing: from replies alone, because this gateway never forwards rate headers on errors (wire
// contract 1.3). Pure: takes `now`, does no I/O.
//
// What it tells apart, and by what:
//   concurrency   only requests beyond some number in flight are refused        -> Window
//   saturation    answers take twice as long with twice as many in flight       -> Saturation
//   a wall        several in a row are refused: silence, single probes; what was let in before,
//                 averaged over the silence that was demanded, is the pace      -> CoolDown
//   a rate        some are refused at this pace and none at a lower one         -> Trial
//   chance        as many are refused at the lower pace: not our doing, no reason to slow down. The
//                 share of refusals that led to no silence says how many in a row are a wall, and
//                 whether a wall may have been chance; chance does not bring about one after
//                 the other, nor is a wall of the first moments a measure of anything
// The pace then stays a while, grows by a percent, two, four, ..., and steps back when refused. A
// wall of 8 s or more means that the gateway counts in minutes: there a pace is proven only by a
// whole minute of it.
// Where good replies carry rate headers, what they say is where the pace begins: no more than that,
// for they may be of one of several accounts of the gateway.

#pragma once

#include "engine/pacing/cool_down.hpp"
#include "engine/pacing/flow.hpp"
#include "engine/pacing/pace.hpp"
#include "engine/pacing/saturation.hpp"
#include "engine/pacing/sends.hpp"
#include "engine/pacing/trial.hpp"
#include "engine/pacing/window.hpp"
#include "http/rate_headers.hpp"
#include "model/limit_rule.hpp"

#include <array>
#include <cstdint>
#include <optional>
#include <string>

namespace nightshift {

// What a refusal says that it is about.
enum class Scarce { unknown, requests, tokens, concurrency };

struct Refusal {
    Scarce scarce = Scarce::unknown;
    std::optional<double> retry_after_s = {};
};

// What is known of an allowance, for the next start. 0: not found.
struct LearnedLimits {
    double requests_per_minute = 0, tokens_per_minute = 0;
    int concurrency = 0;   // more is refused
    int unslowed = 0;      // in flight: more only wait (Saturation)
    int remote_tasks = 0;  // more are refused (RemotePlaces)
    bool by_minute = false;
    bool operator==(const LearnedLimits&) const = default;
};

class Governor {
public:
    // The configured limits are never exceeded.
    explicit Governor(const LimitRule& rule);

    // Other configured limits, from here on.
    void set_limits(const LimitRule& rule, Instant now);

    // When something of so many tokens may start: `now` or earlier means at once, Instant::max()
    // means when something has ended.
    Instant next_start(Instant now, double tokens) const;

    // Each start ends with exactly one of the three below. Returns its number.
    std::uint64_t started(Instant now, double tokens);
    void answered(std::uint64_t send, Instant now);  // whatever it was, it was let in
    void unanswered(std::uint64_t send);             // a reset or time-out: says nothing
    // Seconds that the refused task should wait.
    double refused(std::uint64_t send, Instant now, const Refusal& refusal);
    // What the headers of a reply say.
    void told(const http::RateHeaders& headers, Instant now);
    // From here on tokens are told as the gateway counts them, which has just said that the
    // configured number was used up in the last minute: so it was.
    void recount_tokens(Instant now);
    // A lane that may have shared the hidden limit needs it no more. `share`: of what it used, the
    // others beside this one have the rest.
    void neighbour_ended(const Governor& neighbour, double share, Instant now);
    double starts_in_minute(Instant now) const { return flow_.last(60, now).count; }
    // What `started` was told turned out to be so many tokens more, or fewer.
    void correct_tokens(double more);

    // After an outage: few at first.
    void restart_gently() { window_.reopen(); }

    double tokens_in_minute(Instant now) const { return flow_.last(60, now).tokens; }
    int in_flight() const { return in_flight_; }
    int window() const;  // at most so many in flight
    Instant quiet_until(Instant now) const { return cool_down_.next(now); }
    bool is_quiet() const { return cool_down_.is_on(); }
    Instant told_until() const { return cool_down_.told_until(); }  // the gateway's own word
    double requests_per_s() const { return requests_.per_s(); }
    double tokens_per_s() const { return tokens_.per_s(); }
    double chance() const { return chance_; }  // share of refusals that is taken as chance

    // All but the remote tasks, which it knows nothing of.
    LearnedLimits learned() const;
    void begin_with(const LearnedLimits& learned, Instant now);

private:
    enum class Mode { free, paced };  // no pace is known; a pace holds

    void set_burst(const LimitRule& rule);
    double take_refusal(const Send& send, Instant now, const Refusal& refusal);
    void react_to_rate(Instant now);
    void wall(const Send& send, Instant now);
    void resume(Instant now);
    void begin_trial(Instant now);
    void look_at_trial(Instant now);
    void end_trial(Instant now, double per_s);
    void step_back(Instant now);
    void grow(Instant now);
    void try_more_by_minute(Instant now);
    void stay(Instant now);
    void take_as_chance(Instant now, double share);
    void refine_chance();
    double scattered_share(std::uint64_t before) const;
    bool is_scattered() const;
    int wall_length(std::uint64_t send) const;
    bool may_be_chance(int refused) const;
    bool excuses_wall(int probes_refused, double silence_s);
    bool is_crowded() const;
    void throttle_trial(Instant now);
    static double refused_pause_s(const Refusal& refusal);
    void doubt_chance();
    bool gives_inheritance_up(Instant now);
    void begin_as_told(const http::RateHeaders& headers, Instant now);
    void pause_as_told(const http::RateHeaders::Kind& kind, double used, Instant now);
    bool is_more_than_chance() const;
    void remember_limit(double per_s);

    // The pace that is adjusted: of requests, or of tokens when the gateway says that it is them.
    bool by_tokens() const { return scarce_ == Scarce::tokens; }
    Pace& pace() { return by_tokens() ? tokens_ : requests_; }
    const Pace& pace() const { return by_tokens() ? tokens_ : requests_; }
    double ceiling() const { return by_tokens() ? tokens_most_ : requests_most_; }
    // The pace is the configured one.
    bool is_at_ceiling() const { return pace().bounded() && pace().per_s() >= ceiling(); }
    void set_pace(double per_s, Instant now);
    double amount(const Flow::Sum& sum) const { return by_tokens() ? sum.tokens : sum.count; }
    double average(double span_s, Instant now) const;
    double in_a_minute(double per_s) const;
    double starts_per_s() const;  // for how long so many starts take
    bool is_after_storm() const;  // next to nothing is left of what was borne once
    double usual_per_s() const;   // ... though a storm has left next to nothing of it
    bool is_held_by(const Pace& each, double lately) const;
    bool is_held_by_window_only(Instant now) const;
    bool is_paced() const { return requests_.bounded() || tokens_.bounded(); }

    double requests_most_, tokens_most_;  // per second, configured
    double burst_most_ = 0;               // requests saved up at that pace
    Pace requests_, tokens_;
    Window window_;
    Saturation saturation_;
    Sends sends_;
    Flow flow_;
    CoolDown cool_down_;
    Trial trial_;
    Mode mode_ = Mode::free;
    Scarce scarce_ = Scarce::unknown;
    int in_flight_ = 0;
    double reply_s_ = 0.1;  // how long a refusal takes to come back
    bool reply_known_ = false;
    Duration quickest_ = Duration::max();  // of all answers
    Instant active_since_ = Instant::min(), paced_since_ = Instant::min();
    Instant now_ = Instant::min();  // of the latest event

    // Growth of the pace.
    Instant grow_at_ = Instant::min();
    double step_ = 0;
    bool growing_ = false;
    bool risen_ = false;       // more than the last limit was let in
    double proven_per_s_ = 0;  // before the latest step
    double limit_per_s_ = 0;   // at which it was refused last
    int confirmed_ = 0;        // ... at about the same pace as the time before
    bool by_minute_ = false;
    double minute_most_ = Pace::unbounded;  // let in within a minute, as far as is known
    double best_per_s_ = 0;                 // was borne once, before the limit fell
    bool returned_ = false;                 // ... and is tried again
    Instant returned_at_ = Instant::min();
    double wall_average_ = 0, probe_average_ = 0;  // over a minute: before the wall, at a probe

    // What a neighbour sent before it ended, as if it had been this lane.
    std::optional<Flow> inherited_;
    Instant inherited_at_ = Instant::min();
    double own_per_s_ = 0;  // before that

    // By headers.
    bool begun_as_told_ = false;
    Instant told_until_ = Instant::min();  // nothing is left before that

    // Chance.
    double chance_ = 0;
    double sound_per_s_ = Pace::unbounded;  // the pace before refusals by chance lowered it
    int dips_ = 0;                          // steps back without growth before, in a row
    int refused_since_step_ = 0;
    std::uint64_t stale_until_ = 0;  // sends up to here left before the latest step
    std::uint64_t chance_since_ = 0, no_chance_before_ = 0;
    int wall_refused_ = 0;       // that led to the silence
    double wall_scattered_ = 0;  // the share of refusals before that led to none
    // The sends after which the latest two walls were excused; 0: none.
    std::array<std::uint64_t, 2> excused_{};
    // Of a wait that a refusal names: the first is kept by the whole lane whatever it is for.
    bool told_kept_ = false, told_silence_ = false;
    double trial_before_per_s_ = Pace::unbounded;
};

}  // namespace nightshift
