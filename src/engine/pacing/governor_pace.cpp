// How the pace is found, kept, raised and lowered.

#include "base/bounds.hpp"
#include "engine/pacing/governor.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

namespace nightshift {
namespace {

// So long a silence is that of a gateway that counts in minutes.
constexpr double minute_wall_s = 8;
// A trial that is throttled sends at least so fast: fewer would take too long to tell.
constexpr double trial_least_per_s = 16;
// Sends that are the first moments of a lane; in so many two walls at most are excused.
constexpr std::uint64_t early_sends = 48, excused_sends = 200;
constexpr double scattered_least = 0.08;  // of refusals here and there, to be worth a trial
constexpr double chance_most = 0.35;      // a larger share of refusals is no chance
constexpr double outage_s = 120;          // no gateway counts in more than a minute
constexpr double step_first = 0.01, step_risen = 0.04, step_most = 0.25;
constexpr double step_chance = 1;  // the pace is known not to be what is refused
// Where minutes are counted: how much more is tried, for how long, and what it must come to.
constexpr double minute_step = 1.08, minute_trial_s = 20, minute_risen = 1.05;
// So many times what a lane had is let in at least when a neighbour's share has become its own.
constexpr double inherited_least = 1.1;

}  // namespace

void Governor::set_pace(double per_s, Instant now) {
    const double least = by_tokens() ? 1.0 : 1.0 / 120;
    if (!pace().bounded()) paced_since_ = now;
    pace().set(std::clamp(per_s, least, ceiling()), now);
    requests_.set_burst(requests_.per_s() >= requests_most_ ? burst_most_ : 0);
    mode_ = per_s < Pace::unbounded ? Mode::paced : Mode::free;
    minute_most_ = Pace::unbounded;
}

// What a minute may hold at this pace: of a few requests whole ones.
double Governor::in_a_minute(double per_s) const {
    constexpr double few = 10;
    const double most = 60 * per_s;
    return by_tokens() || most > few ? most : std::max(1.0, std::round(most));
}

// The pace holds for a while; after that it may grow.
void Governor::stay(Instant now) {
    growing_ = risen_ = false;
    step_ = step_first;
    const double sends = is_after_storm() ? 20 : by_minute_ ? 60 << confirmed_ : 50;
    grow_at_ = now + seconds(std::max(10.0, sends / usual_per_s()));
}

void Governor::remember_limit(double per_s) {
    const bool same = std::abs(per_s - limit_per_s_) < 0.1 * per_s;
    confirmed_ = same ? std::min(confirmed_ + 1, 1) : 0;
    limit_per_s_ = per_s;
}

// The share of refusals that led to no silence: chance, as far as is known. A few are expected.
double Governor::scattered_share(std::uint64_t before) const {
    const auto scattered = sends_.scattered_before(before);
    return std::clamp((scattered.refused + 0.1) / (scattered.all + 5.0), 0.001, 0.5);
}

// So many are refused one here and one there that it is worth a trial whether it is the pace.
bool Governor::is_scattered() const {
    const auto scattered = sends_.scattered_before(sends_.last_number() + 1);
    return scattered.all >= (by_minute_ ? 40 : 24) &&
           scattered.refused >= scattered_least * scattered.all;
}

// Refusals in a row that chance would hardly bring about.
int Governor::wall_length(std::uint64_t send) const {
    if (is_at_ceiling() && sends_.refused_of(60) == 2) return 2;  // and only these
    const double share = scattered_share(sends_.run_around(send).first);
    const auto length = static_cast<int>(std::ceil(std::log(0.001) / std::log(share)));
    return std::clamp(length, chance_ > 0.05 ? 5 : 3, 7);
}

// Whether chance may have brought about the refusals of a wall and so many of its probes.
bool Governor::may_be_chance(int refused) const {
    return std::pow(wall_scattered_, wall_refused_ + refused) > 3e-5;
}

// A wall that chance may have brought about, or one of the first moments that is over at once, says
// nothing of the pace: there is too little to measure it by. Chance does not bring about one after
// the other, though, while a rate that nothing slows down does.
bool Governor::excuses_wall(int probes_refused, double silence_s) {
    const auto last = sends_.last_number();
    const bool early = !pace().bounded() && last <= early_sends && silence_s < minute_wall_s;
    if (!early && !may_be_chance(probes_refused)) return false;
    if (excused_[0] > 0 && last - excused_[0] < excused_sends) return false;
    excused_ = {excused_[1], last};
    return true;
}

void Governor::wall(const Send& send, Instant now) {
    const auto run = sends_.run_around(send.number);
    wall_refused_ = run.length;
    wall_scattered_ = scattered_share(run.first);
    sends_.explain_run_around(send.number);
    told_silence_ = false;
    if (!may_be_chance(0)) {
        if (chance_ > 0) doubt_chance();
        trial_.end();
    }
    gives_inheritance_up(now);
    cool_down_.begin(sends_.run_around(send.number).since, now, is_at_ceiling());
    wall_average_ = average(60, now);
    probe_average_ = 0;
}

// The gateway lets in again. What it let in before, averaged over the silence that it demanded
// and the time that led to it, is what it bears.
void Governor::resume(Instant now) {
    const int probes_refused = cool_down_.probes_refused();
    const double silence_s = to_seconds(now - cool_down_.since());
    cool_down_.end();
    // One refusal that names a wait says nothing of the pace, and chance says nothing.
    if (std::exchange(told_silence_, false) || excuses_wall(probes_refused, silence_s)) {
        stale_until_ = sends_.last_number();
        return;
    }
    trial_.end();
    sends_.explain_all();
    const bool was_paced = pace().bounded();
    if (silence_s > outage_s) {  // that was no limit; of what was let in before nothing is known
        window_.reopen();
        return stay(now);
    }
    const double least_s = std::max(1.0, was_paced ? 20 / starts_per_s() : 0);
    double span_s = std::min(std::max(4 * silence_s, least_s), std::max(60.0, 1.1 * silence_s + 2));
    span_s = std::min(span_s, std::max(1.0, to_seconds(now - active_since_)));
    // A short silence at a known pace is the gateway taking breath: it does not count as time. One
    // that the first probe ended may have been longer than it had to be: it counts by half.
    double breath_s = 0;
    if (was_paced && silence_s < 2) breath_s = silence_s;
    if (!was_paced && probes_refused == 0) breath_s = std::min(0.5 * silence_s, 0.5);
    double per_s = average(span_s + breath_s, now) * (span_s + breath_s) / span_s;
    if (was_paced) per_s = std::min(per_s, pace().per_s());
    if (returned_) {
        returned_ = false;
    } else if (was_paced) {
        const double borne =
            is_at_ceiling() ? pace().per_s() : std::min(pace().per_s(), wall_average_);
        best_per_s_ = std::max(best_per_s_, borne);
    }
    if (silence_s >= minute_wall_s) {
        by_minute_ = true;
        // Between what was still refused and what was let in.
        if (probe_average_ > per_s) per_s = (per_s + probe_average_) / 2;
    } else if (by_minute_ && was_paced) {
        per_s = std::max(per_s, 0.96 * pace().per_s());
    }
    if (was_paced) per_s = std::min(per_s, pace().per_s());
    per_s *= 0.985;
    const bool certain = probes_refused > 0 && wall_scattered_ < scattered_least;
    if (certain) sound_per_s_ = per_s;  // not by chance
    proven_per_s_ = 0;
    set_pace(per_s, now);
    if (by_minute_) minute_most_ = in_a_minute(per_s);
    remember_limit(per_s);
    stale_until_ = sends_.last_number();
    stay(now);
}

// More is refused than chance would: no reason to find out at full speed.
bool Governor::is_crowded() const {
    return sends_.refused_of(16) >= 9;
}

void Governor::throttle_trial(Instant now) {
    if (pace().bounded() || !is_crowded()) return;
    const auto sum = flow_.last(1, now);
    const double tokens_each = sum.count > 0 ? sum.tokens / sum.count : 1;
    const double starts = std::max(trial_least_per_s, sum.count);
    set_pace(by_tokens() ? starts * tokens_each : starts, now);
}

void Governor::begin_trial(Instant now) {
    trial_before_per_s_ = pace().per_s();
    growing_ = false;
    stale_until_ = 0;
    trial_.begin(now, sends_.last_number());
    throttle_trial(now);
}

void Governor::look_at_trial(Instant now) {
    const auto sum = flow_.last(60, now);
    const double unit = by_tokens() && sum.count > 0 ? sum.tokens / sum.count : 1;
    switch (trial_.look(now, sends_.last_number() - 1, reply_s_)) {
        case Trial::Verdict::open:
            return;
        case Trial::Verdict::passing:
            return end_trial(now, trial_before_per_s_);
        case Trial::Verdict::lower:
            stale_until_ = sends_.last_number();
            return set_pace(unit * trial_.lower_per_s(), now);
        case Trial::Verdict::limit:
            sends_.explain_all();
            return end_trial(now, 0.97 * unit * trial_.let_in_per_s());
        case Trial::Verdict::chance:
            if (sends_.last_number() <= no_chance_before_) {
                return end_trial(now, 0.97 * unit * trial_.let_in_per_s());
            }
            return take_as_chance(now, trial_.chance());
    }
}

void Governor::end_trial(Instant now, double per_s) {
    set_pace(per_s, now);
    stay(now);
}

// Refused whatever the pace: back to the one before it was lowered, though not at a jump.
void Governor::take_as_chance(Instant now, double share) {
    dips_ = 0;
    chance_ = std::clamp(share, 0.01, chance_most);
    chance_since_ = sends_.last_number();
    if (trial_before_per_s_ == Pace::unbounded) return end_trial(now, Pace::unbounded);
    if (sound_per_s_ <= 1.25 * pace().per_s()) {
        return end_trial(now, std::max(sound_per_s_, pace().per_s()));
    }
    stay(now);
    step_ = step_chance;
    grow_at_ = now;
}

void Governor::refine_chance() {
    constexpr int count = 128;
    const double share = sends_.refused_of(count) / double(count);
    if (sends_.last_number() < chance_since_ + count) return;
    chance_ = std::clamp(chance_ + 0.05 * (share - chance_), 0.01, chance_most);
}

void Governor::doubt_chance() {
    chance_ = 0;
    const auto last = sends_.last_number();
    if (last < chance_since_ + 200) no_chance_before_ = last + 300;
}

// Four standard deviations above the known share, of the last 40.
bool Governor::is_more_than_chance() const {
    constexpr int count = 40;
    const double most = count * chance_ + 4 * std::sqrt(count * chance_ * (1 - chance_)) + 1;
    return sends_.refused_of(count) > most;
}

void Governor::step_back(Instant now) {
    if (growing_) dips_ = 0;
    if (gives_inheritance_up(now)) {
        proven_per_s_ = 0;
        stale_until_ = sends_.last_number();
        return stay(now);
    }
    if (returned_ && now - returned_at_ > std::chrono::seconds(15)) {
        returned_ = false;
        proven_per_s_ = 0;
    }
    const bool proven = growing_ && proven_per_s_ > 0;
    const double before = proven_per_s_ > 0 ? proven_per_s_ : pace().per_s();
    double per_s = proven ? before : 0.98 * before;
    // A pace that was set from outside was not found from refusals: it gives way in small steps.
    const bool found = paced_since_ != Instant::min();
    if (by_minute_ && found && now - paced_since_ > std::chrono::seconds(55)) {
        per_s = 0.99 * std::clamp(average(60, now), 0.5 * before, before);
    } else if (dips_ > 0) {
        // A pace that was found is nearly right; where one is configured the limit has fallen.
        const std::uint64_t fewest = ceiling() < Pace::unbounded ? 6 : 10;
        const auto sends = std::max(fewest, sends_.last_number() - stale_until_);
        const double share = std::min(0.3, refused_since_step_ / static_cast<double>(sends));
        per_s = 0.99 * before * (1 - share);
    }
    returned_ = false;
    proven_per_s_ = 0;
    set_pace(per_s, now);
    if (by_minute_) minute_most_ = in_a_minute(per_s);
    remember_limit(per_s);
    stale_until_ = sends_.last_number();
    refused_since_step_ = 0;
    stay(now);
}

// Where the gateway counts in minutes an overshoot is seen late, so first a little more is tried
// for a while: unless that is refused, the limit has risen, and the pace may grow as elsewhere.
void Governor::try_more_by_minute(Instant now) {
    const double span_s = std::max(minute_trial_s, 20 / usual_per_s());
    grow_at_ = now + seconds(span_s);
    if (!growing_) {
        proven_per_s_ = pace().per_s();
        growing_ = true;
        // At a few requests a minute 8 % would be none more.
        const auto sum = flow_.last(60, now);
        const double one = sum.count > 0 ? amount(sum) / sum.count : 1;
        const double most = std::max(minute_step * minute_most_, minute_most_ + one);
        set_pace(minute_step * pace().per_s(), now);
        minute_most_ = most;
        return;
    }
    if (average(span_s, now) < minute_risen * limit_per_s_) return;
    if (best_per_s_ > 1.1 * pace().per_s()) {
        proven_per_s_ = pace().per_s();
        returned_ = true;
        returned_at_ = now;
        return set_pace(0.98 * best_per_s_, now);
    }
    risen_ = true;
    minute_most_ = Pace::unbounded;
    step_ = step_risen;
}

// Unless the limit was its own, this lane's is as much higher, and what the neighbour sent in the
// last minute counts against it.
void Governor::neighbour_ended(const Governor& neighbour, double share, Instant now) {
    const bool ceiled = pace().per_s() >= ceiling();
    if (!pace().bounded() || ceiled || cool_down_.is_on() || trial_.is_on()) return;
    const double freed = share * amount(neighbour.flow_.last(60, now)) / 60;
    if (freed <= 0) return;
    own_per_s_ = growing_ && proven_per_s_ > 0 ? proven_per_s_ : pace().per_s();
    if (!inherited_) inherited_.emplace();
    inherited_->add(neighbour.flow_, share);
    inherited_at_ = now;
    set_pace(0.97 * (own_per_s_ + freed), now);
    proven_per_s_ = pace().per_s();
    growing_ = true;
    risen_ = false;
    step_ = step_risen;
    grow_at_ = now + seconds(std::max(minute_trial_s, 20 / starts_per_s()));
}

// More is refused while what a neighbour left is used. If hardly more than before was let in, the
// limit is this lane's own, and its pace is what it was.
bool Governor::gives_inheritance_up(Instant now) {
    if (!inherited_) return false;
    const double since_s = to_seconds(now - inherited_at_);
    const double span_s = by_minute_ ? 60 : std::clamp(since_s, 1.0, 60.0);
    const bool own = amount(flow_.last(span_s, now)) / span_s < inherited_least * own_per_s_;
    if (own) set_pace(own_per_s_, now);
    if (own || since_s > 60) inherited_.reset();
    return own;
}

// Only what is used up grows: a pace that the tasks do not reach was not proven.
void Governor::grow(Instant now) {
    if (now < grow_at_) return;
    const double span_s =
        step_ == step_chance ? std::max(0.5, 8 / usual_per_s()) : std::max(2.0, 20 / usual_per_s());
    const double seen_s = std::min(span_s, Flow::longest_s);
    const auto sum = flow_.last(seen_s, now);
    const double minute_per_s = by_tokens() ? minute_most_ / 60 : std::floor(minute_most_) / 60;
    const auto binds = [&](const Pace& each, double most, double amount) {
        const double per_s = std::min(each.per_s(), minute_per_s);
        return each.bounded() && each.per_s() < most && amount >= 0.85 * per_s * seen_s;
    };
    const bool requests = binds(requests_, requests_most_, sum.count);
    const bool tokens = binds(tokens_, tokens_most_, sum.tokens);
    grow_at_ = now + seconds(span_s);
    if (!requests && !tokens) return;
    if (by_minute_ && !risen_ && !returned_) return try_more_by_minute(now);
    proven_per_s_ = pace().per_s();
    const auto raise = [&](Pace& each, double most) {
        each.set(std::min(most, each.per_s() * (1 + step_)), now);
    };
    if (requests) raise(requests_, requests_most_);
    if (tokens) raise(tokens_, tokens_most_);
    if (step_ < step_most) step_ = std::min(step_most, 2 * step_);
    growing_ = true;
    if (returned_ && pace().per_s() > best_per_s_) returned_ = false;
}

}  // namespace nightshift
