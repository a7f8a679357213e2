#include "engine/pacing/trial.hpp"

#include <algorithm>
#include <utility>

namespace nightshift {
namespace {

// Enough refusals in the first part to know their share, or so many requests that there is none
// worth a trial; in the second part six that are missing if it is the rate.
constexpr std::uint64_t sends_least = 20, sends_most = 100, sends_lower = 30;
constexpr int refused_known = 4;
constexpr double missing_known = 6;
// A bucket that is empty refuses some of what comes first at a lower rate.
constexpr std::uint64_t sends_settling = 10;
// A bucket that is being emptied lets in more than its limit, and one that was empty refuses a few
// below it: both are over after a while.
constexpr double least_s = 1;

}  // namespace

void Trial::begin(Instant now, std::uint64_t last_send) {
    stage_ = Stage::same;
    since_ = now;
    from_ = last_send;
    refused_ = 0;
}

void Trial::refused(std::uint64_t send) {
    just_refused_ = true;
    if (send > from_) ++refused_;
}

bool Trial::is_enough(std::uint64_t made) const {
    if (stage_ == Stage::same) {
        return made >= sends_most || (made >= sends_least && refused_ >= refused_known);
    }
    return made >= std::max(sends_lower, static_cast<std::uint64_t>(missing_known / share_));
}

Trial::Verdict Trial::look(Instant now, std::uint64_t last_send, double reply_s) {
    if (last_send <= from_) return Verdict::open;
    const auto made = last_send - from_;
    const bool just_refused = std::exchange(just_refused_, false);
    const double took_s = to_seconds(now - since_);
    if (stage_ == Stage::none || !is_enough(made) || took_s < std::max(least_s, 8 * reply_s))
        return Verdict::open;
    // A bucket is measured from one moment at which it is empty to another.
    if (stage_ == Stage::same && refused_ >= refused_known && !just_refused &&
        made < 2 * sends_most)
        return Verdict::open;
    const double share = refused_ / static_cast<double>(made);
    if (stage_ == Stage::same) {
        stage_ = Stage::none;
        if (refused_ < refused_known) return Verdict::passing;
        share_ = share;
        let_in_per_s_ = (static_cast<double>(made) - refused_) / std::max(0.05, took_s);
        begin(now, last_send + sends_settling);
        stage_ = Stage::lower;
        return Verdict::lower;
    }
    stage_ = Stage::none;
    if (refused_ == 0 || share < 0.3 * share_) return Verdict::limit;
    chance_ = (share + share_) / 2;
    return Verdict::chance;
}

}  // namespace nightshift
