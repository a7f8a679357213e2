#include "engine/pacing/cool_down.hpp"

#include "base/bounds.hpp"

#include <algorithm>
#include <cmath>

namespace nightshift {
namespace {

constexpr double first_pause_s = 0.25, longest_pause_s = 30;

}  // namespace

// Twice as long each time up to 4 s, then only a little longer: a wall ends with a minute, and
// what is waited for too long is lost. A wall of a minute takes about a dozen probes.
double CoolDown::pause_s() const {
    const int before = refused_ + skipped_;
    if (before <= 4) return first_pause_s * std::pow(2.0, before);
    return std::min(longest_pause_s, 4 * std::pow(1.15, std::min(before - 4, 30)));
}

void CoolDown::begin(Instant since, Instant now, bool unexpected) {
    on_ = true;
    skipped_ = unexpected ? 1 : 0;
    since_ = since;
    probe_ = 0;
    refused_ = 0;
    until_ = now + seconds(pause_s());
}

void CoolDown::told(std::uint64_t send, Instant now, double wait_s) {
    const auto until = now + seconds(wait_s);
    told_until_ = is_probe(send) ? until : std::max(told_until_, until);
    keep_to_told(now);
}

void CoolDown::keep_to_told(Instant now) {
    until_ = std::max(until_, std::min(told_until_, now + seconds(limits::told_wait_step_s)));
}

Instant CoolDown::next(Instant now) const {
    if (!on_) return now;
    return std::max({now, until_, probe_ != 0 ? clear_at_ : until_});
}

void CoolDown::started(std::uint64_t send, Instant now, double reply_s) {
    if (!on_ || probe_ != 0) return;
    probe_ = send;
    clear_at_ = now + seconds(std::clamp(3 * reply_s, 0.1, 2.0));
}

void CoolDown::probe_refused(Instant now) {
    probe_ = 0;
    ++refused_;
    until_ = std::max(until_, now + seconds(pause_s()));
    keep_to_told(now);
}

}  // namespace nightshift
