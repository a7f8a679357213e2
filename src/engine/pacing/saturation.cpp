#include "engine/pacing/saturation.hpp"

#include "base/bounds.hpp"

#include <algorithm>

namespace nightshift {
namespace {

// The median of so many answers is right within a sixth, with texts of very mixed lengths.
constexpr std::size_t least_sends = 96;
// Of two sizes, one twice the other: the larger is in vain if answers take so much longer ...
constexpr double slower = 1.6;
// ... and no more than so many times as many are answered.
constexpr double faster = 1.2;
// A try of half as many ends early when after a few sends this much is missing.
constexpr std::size_t few_sends = 24;
constexpr double clearly_faster = 1.5;
constexpr int least_halved = 8;  // a smaller number is not halved: few wait there
// Sends between two tries, doubled each time that it was in vain. A try of half as many costs
// what a hundred requests take if it is in vain, one of twice as many next to nothing.
constexpr std::uint64_t between_halved = 400, between_doubled = 200;
constexpr int doublings_most = 3;

std::uint64_t sends_between(std::uint64_t first, int in_vain) {
    return first << std::min(in_vain, doublings_most);
}

bool is_in_vain(const AnswerTimes::Measure& small, const AnswerTimes::Measure& large) {
    return large.median_s >= slower * small.median_s && large.per_s < faster * small.per_s;
}

}  // namespace

Saturation::Saturation() : most_(limits::window_most) {
    times_.begin(limits::window_first, 0, AnswerTimes::Load::any);
}

int Saturation::found() const {
    const int accepted = stage_ == Stage::watching ? most_ : before_most_;
    return accepted < limits::window_most ? accepted : 0;
}

void Saturation::begin_at(int most) {
    most_ = std::clamp(most, 1, limits::window_most);
    double_after_ = last_send_ + between_doubled;
}

void Saturation::started(const Send& send, bool free) {
    last_send_ = send.number;
    if (!free) return give_up();
    if (stage_ != Stage::watching) {
        if (send.number > try_until_ && !times_.is_complete()) {
            // Twice as many are not there to be sent, so nothing has to be kept from being sent.
            if (stage_ == Stage::doubled && !filled_) before_most_ = limits::window_most;
            return give_up();
        }
        filled_ = filled_ || send.in_flight >= most_;
        if (!filled_) return;
    }
    times_.add(send);
    if (stage_ != Stage::halved) return;
    const auto per_s = times_.per_s_after(few_sends);
    if (per_s && clearly_faster * *per_s < before_.per_s) end_halved_in_vain();
}

void Saturation::answered(const Send& send, Instant now) {
    times_.answered(send, now);
    if (const auto measure = times_.measure(now)) look(*measure);
}

// A stretch is a whole round of what is in flight at least.
void Saturation::watch(int in_flight, int skipped) {
    stage_ = Stage::watching;
    times_.begin(std::max(least_sends, static_cast<std::size_t>(in_flight)), skipped);
}

void Saturation::try_size(Stage stage, int most) {
    before_most_ = most_;
    most_ = most;
    stage_ = stage;
    filled_ = false;
    const auto sends = std::max(least_sends, static_cast<std::size_t>(most));
    times_.begin(sends, most);
    try_until_ = last_send_ + 5 * sends;
}

void Saturation::give_up() {
    if (stage_ != Stage::watching) {
        most_ = before_most_;
        half_after_ = last_send_ + sends_between(between_halved, halved_in_vain_);
        double_after_ = last_send_ + sends_between(between_doubled, doubled_in_vain_);
    }
    watch(before_.in_flight, before_.in_flight);
}

void Saturation::look(const Measure& measure) {
    switch (stage_) {
        case Stage::watching:
            return look_whether_due(measure);
        case Stage::halved:
            return end_halved(measure);
        case Stage::doubled:
            return end_doubled(measure);
    }
}

void Saturation::look_whether_due(const Measure& measure) {
    const bool first = sound_s_ == 0;  // while the window opens
    if (first) sound_s_ = measure.median_s;
    before_ = measure;
    watch(measure.in_flight, 0);
    if (first) return;
    const bool slow = measure.median_s >= slower * sound_s_;
    if (slow && measure.in_flight >= least_halved && last_send_ >= half_after_) {
        return try_size(Stage::halved, measure.in_flight / 2);
    }
    if (most_ < limits::window_most && last_send_ >= double_after_) {
        try_size(Stage::doubled, 2 * most_);
    }
}

void Saturation::end_halved_in_vain() {
    most_ = before_most_;
    if (++halved_in_vain_ > 1) sound_s_ = before_.median_s;  // twice: these are longer texts
    half_after_ = last_send_ + sends_between(between_halved, halved_in_vain_);
    watch(before_.in_flight, before_.in_flight);
}

void Saturation::end_halved(const Measure& measure) {
    if (is_in_vain(measure, before_)) {
        halved_in_vain_ = doubled_in_vain_ = 0;
        half_after_ = last_send_;
        double_after_ = last_send_ + between_doubled;
        // Half of that may do as well, whatever its answers are held against: the first ones may
        // have been slow already.
        before_ = measure;
        if (measure.in_flight < least_halved) return watch(measure.in_flight, 0);
        return try_size(Stage::halved, measure.in_flight / 2);
    }
    end_halved_in_vain();
}

void Saturation::end_doubled(const Measure& measure) {
    if (!is_in_vain(before_, measure)) {
        doubled_in_vain_ = 0;
        const bool grew = measure.per_s >= faster * before_.per_s;
        double_after_ = last_send_ + (grew ? 0 : between_doubled);
        if (grew) sound_s_ = std::max(sound_s_, measure.median_s);  // it bears that
        return look_whether_due(measure);
    }
    most_ = before_most_;
    ++doubled_in_vain_;
    double_after_ = last_send_ + sends_between(between_doubled, doubled_in_vain_);
    watch(before_.in_flight, before_.in_flight);
}

}  // namespace nightshift
