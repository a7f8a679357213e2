// Starts, answers, refusals: what happened goes in, and the three instruments - window, silence,
// pace - are moved. How the pace moves is in governor_pace.cpp.

#include "engine/pacing/governor.hpp"

#include "base/bounds.hpp"

#include <algorithm>
#include <cmath>

namespace nightshift {
namespace {

// A gateway counts arrivals, which jitter: exactly its limit would be refused now and then.
constexpr double margin = 0.995, tokens_margin = 0.985;  // tokens are estimated besides
constexpr double pace_look_s = 20;                       // of so long: whether the pace is used up
// The first starts are a moment apart, so that it is seen which number in flight was refused: as
// long as an answer takes, up to so long.
constexpr std::uint64_t trial_after_sends = 64;
constexpr Duration first_spacing = std::chrono::milliseconds(20);

double per_second(const std::optional<double>& per_minute, double share) {
    return per_minute ? share * *per_minute / 60 : Pace::unbounded;
}

}  // namespace

Governor::Governor(const LimitRule& rule)
    : requests_most_(per_second(rule.requests_per_minute, margin)),
      tokens_most_(per_second(rule.tokens_per_minute, tokens_margin)),
      window_(rule.concurrency) {
    requests_.set(requests_most_, Instant{});
    tokens_.set(tokens_most_, Instant{});
    set_burst(rule);
    by_minute_ = tokens_.bounded();  // a gateway that counts tokens counts them by the minute
}

// A pace that was the old limit becomes the new one; one that was found stays below both.
void Governor::set_limits(const LimitRule& rule, Instant now) {
    const auto adjust = [now](Pace& pace, double& most, double limit) {
        const bool was_limit = pace.per_s() >= most;
        most = limit;
        if (was_limit || pace.per_s() > limit) pace.set(limit, now);
    };
    adjust(requests_, requests_most_, per_second(rule.requests_per_minute, margin));
    adjust(tokens_, tokens_most_, per_second(rule.tokens_per_minute, tokens_margin));
    if (rule.tokens_per_minute) by_minute_ = true;
    window_.set_known(rule.concurrency);
    set_burst(rule);
}

void Governor::set_burst(const LimitRule& rule) {
    burst_most_ = rule.burst && requests_most_ < Pace::unbounded ? std::max(0, *rule.burst - 1) : 0;
    requests_.set_burst(requests_.per_s() >= requests_most_ ? burst_most_ : 0);
}

// A number that is configured is the user's to choose.
int Governor::window() const {
    return window_.is_known() ? window_.size() : std::min(window_.size(), saturation_.most());
}

bool Governor::is_held_by(const Pace& each, double lately) const {
    return each.bounded() && lately >= 0.7 * pace_look_s * each.per_s();
}

// Not the pace, a silence, or what refusals have shown. Only then answer times are like with like.
bool Governor::is_held_by_window_only(Instant now) const {
    if (window_.is_told() || cool_down_.is_on() || trial_.is_on() || told_until_ > now)
        return false;
    if (!is_paced()) return true;
    if (now - active_since_ < seconds(pace_look_s)) return false;
    const auto sum = flow_.last(pace_look_s, now);
    return !is_held_by(requests_, sum.count) && !is_held_by(tokens_, sum.tokens);
}

Instant Governor::next_start(Instant now, double tokens) const {
    const bool full = in_flight_ >= window();
    const bool saturated = !window_.is_known() && in_flight_ >= saturation_.most();
    const auto opens_at = saturated ? Instant::max() : full ? window_.opens_at() : now;
    if (opens_at == Instant::max()) return opens_at;
    auto start = std::max(requests_.next(now, 1), tokens_.next(now, tokens));
    start = std::max({start, opens_at, cool_down_.next(now), told_until_});
    // What starts at once is part of the minute, too.
    if (burst_most_ > 0 && requests_most_ < Pace::unbounded) {
        const double most = std::floor(60 * requests_most_);
        start = std::max(start, flow_.when_at_most(most - 1, false, now));
    }
    if (by_minute_ && minute_most_ < Pace::unbounded) {
        const double room = minute_most_ - (by_tokens() ? tokens : 1);
        start = std::max(start, flow_.when_at_most(room, by_tokens(), now));
    }
    const auto made = sends_.last_number();
    if (made > 0 && made < limits::window_first && !requests_.bounded()) {
        start = std::max(start, sends_.last().at + std::min(first_spacing, quickest_));
    }
    return start;
}

std::uint64_t Governor::started(Instant now, double tokens) {
    now_ = now;
    if (cool_down_.is_over(now)) resume(now);
    if (in_flight_ >= window_.size()) window_.open();
    if (++in_flight_ == window_.size()) window_.filled(now);
    const auto send = sends_.add(now, in_flight_, tokens);
    flow_.add(now, tokens);
    if (active_since_ == Instant::min()) active_since_ = now;
    if (trial_.is_on()) {
        look_at_trial(now);
    } else if (is_paced() && !cool_down_.is_on()) {
        grow(now);
    }
    requests_.take(now, 1);
    tokens_.take(now, tokens);
    cool_down_.started(send, now, reply_s_);
    saturation_.started(sends_.last(), is_held_by_window_only(now));
    return send;
}

void Governor::answered(std::uint64_t number, Instant now) {
    now_ = now;
    --in_flight_;
    if (cool_down_.is_probe(number)) resume(now);
    auto* send = sends_.find(number);
    if (send == nullptr) return;
    send->fate = Send::Fate::answered;
    quickest_ = std::min(quickest_, now - send->at);
    window_.answered(*send, in_flight_, sends_.last_number(), !cool_down_.is_on());
    saturation_.answered(*send, now);
}

void Governor::unanswered(std::uint64_t number) {
    --in_flight_;
    if (cool_down_.is_probe(number)) cool_down_.probe_lost();
    auto* send = sends_.find(number);
    if (send == nullptr) return;
    send->fate = Send::Fate::lost;
    saturation_.dropped(*send);
}

double Governor::refused(std::uint64_t number, Instant now, const Refusal& refusal) {
    now_ = now;
    --in_flight_;
    auto* send = sends_.find(number);
    if (send == nullptr) return limits::refused_pause_s;  // so old that it says nothing
    send->fate = Send::Fate::refused;
    saturation_.dropped(*send);
    flow_.remove(send->at, send->tokens);
    const double took_s = to_seconds(now - send->at);
    reply_s_ = reply_known_ ? 0.8 * reply_s_ + 0.2 * took_s : took_s;
    reply_known_ = true;
    if (refusal.scarce != Scarce::unknown) scarce_ = refusal.scarce;
    if (trial_.is_on()) trial_.refused(number);
    return take_refusal(*send, now, refusal);
}

// The task itself keeps to what it was told, whatever that means for the others.
double Governor::refused_pause_s(const Refusal& refusal) {
    const double told_s = refusal.retry_after_s.value_or(0);
    return std::max(limits::refused_pause_s, std::min(told_s, limits::told_wait_step_s));
}

double Governor::take_refusal(const Send& send, Instant now, const Refusal& refusal) {
    const auto wait_s = [&] {
        return std::max(refused_pause_s(refusal), to_seconds(cool_down_.until() - now));
    };
    if (refusal.retry_after_s && (!told_kept_ || cool_down_.is_on())) {
        told_kept_ = true;
        if (!cool_down_.is_on()) {
            wall(send, now);
            told_silence_ = true;
        }
        cool_down_.told(send.number, now, *refusal.retry_after_s);
    }
    if (cool_down_.is_probe(send.number)) {
        probe_average_ = average(60, send.at);
        cool_down_.probe_refused(now);
        return wait_s();
    }
    if (cool_down_.is_on()) return wait_s();                           // left before the silence
    if (send.number <= stale_until_) return refused_pause_s(refusal);  // ... or the latest step
    ++refused_since_step_;
    const bool may_be_window =
        refusal.scarce == Scarce::concurrency || refusal.scarce == Scarce::unknown;
    if (may_be_window) {
        const auto says = window_.refused(send, {.sends = sends_,
                                                 .in_flight = in_flight_,
                                                 .reply_s = reply_s_,
                                                 .paced = is_paced(),
                                                 .certain = refusal.scarce == Scarce::concurrency,
                                                 .now = now});
        if (says == Window::Says::narrowed && trial_.is_on()) {
            trial_.end();
            end_trial(now, trial_before_per_s_);
        }
        // The limit is about concurrency: a pace that was found before explained it wrongly.
        if (says == Window::Says::narrowed && window_.strikes() == 3) {
            if (scarce_ == Scarce::unknown) set_pace(Pace::unbounded, now);
        }
        if (says == Window::Says::narrowed) return refused_pause_s(refusal);
        if (says == Window::Says::perhaps && chance_ == 0) return refused_pause_s(refusal);
    }
    if (sends_.run_around(send.number).length >= wall_length(send.number)) {
        wall(send, now);
        if (refusal.retry_after_s) cool_down_.told(send.number, now, *refusal.retry_after_s);
        return wait_s();
    }
    react_to_rate(now);
    return refused_pause_s(refusal);
}

// A single refusal among requests that were let in.
void Governor::react_to_rate(Instant now) {
    if (trial_.is_on()) {
        throttle_trial(now);
    } else if (chance_ > 0) {
        if (!is_more_than_chance()) return refine_chance();
        if (growing_) return step_back(now);
        doubt_chance();
        begin_trial(now);
    } else if (mode_ == Mode::free || !pace().bounded()) {
        // The rate of the first moments, while the window opens, is no measure.
        if (is_crowded() || sends_.last_number() >= trial_after_sends) begin_trial(now);
    } else if (growing_) {
        step_back(now);
    } else if (is_scattered()) {
        begin_trial(now);
    } else if (sends_.refused_of(60) >= 2) {
        const double share = sends_.refused_of(60) / std::min(60.0, double(sends_.last_number()));
        // The same share was refused at ever lower paces: it is chance. Large requests are refused
        // more easily than small ones, so tokens take longer to tell.
        const bool enough = ++dips_ > (by_tokens() || by_minute_ ? 7 : 3);
        if (enough && share <= 0.35) {
            const double seen = std::min(128.0, double(sends_.last_number()));
            return take_as_chance(now, sends_.refused_of(128) / seen);
        }
        if (enough && !by_minute_) return begin_trial(now);
        step_back(now);
    }
}

void Governor::correct_tokens(double more) {
    tokens_.correct(more);
    if (now_ != Instant::min()) flow_.correct(now_, more);
}

void Governor::recount_tokens(Instant now) {
    scarce_ = Scarce::tokens;
    by_minute_ = true;
    trial_.end();
    const double told = flow_.last(60, now).tokens;
    if (told > 0) flow_.scale_tokens(60 * ceiling() / told);
    set_pace(ceiling(), now);
    minute_most_ = 60 * ceiling();
    stale_until_ = sends_.last_number();
    stay(now);
}

double Governor::average(double span_s, Instant now) const {
    span_s = std::min(span_s, Flow::longest_s);
    const double inherited = inherited_ ? amount(inherited_->last(span_s, now)) : 0;
    return (amount(flow_.last(span_s, now)) + inherited) / span_s;
}

double Governor::starts_per_s() const {
    if (requests_.bounded()) return requests_.per_s();
    const auto sum = flow_.last(Flow::longest_s, now_);
    if (tokens_.bounded() && sum.tokens > 0) return tokens_.per_s() * sum.count / sum.tokens;
    return std::max(0.1, flow_.last(30, now_).count / 30);
}

bool Governor::is_after_storm() const {
    return !by_tokens() && starts_per_s() < 0.3 * best_per_s_;
}

double Governor::usual_per_s() const {
    return is_after_storm() ? best_per_s_ : starts_per_s();
}

LearnedLimits Governor::learned() const {
    LearnedLimits learned;
    if (requests_.per_s() < requests_most_) learned.requests_per_minute = 60 * requests_.per_s();
    if (tokens_.per_s() < tokens_most_) learned.tokens_per_minute = 60 * tokens_.per_s();
    learned.concurrency = window_.found();
    learned.unslowed = saturation_.found();
    learned.by_minute = by_minute_;
    return learned;
}

// As after a step back: it holds, and more is tried after a while.
void Governor::begin_with(const LearnedLimits& learned, Instant now) {
    now_ = now;
    by_minute_ = learned.by_minute;
    if (learned.concurrency > 0) window_.begin_at(learned.concurrency);
    if (learned.unslowed > 0) saturation_.begin_at(learned.unslowed);
    if (learned.tokens_per_minute > 0) {
        scarce_ = Scarce::tokens;
        set_pace(learned.tokens_per_minute / 60, now);
    } else if (learned.requests_per_minute > 0) {
        set_pace(learned.requests_per_minute / 60, now);
    }
    if (is_paced()) stay(now);
}

}  // namespace nightshift
