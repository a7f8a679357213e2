#include "engine/trial.hpp"

#include <algorithm>

namespace nightshift {
namespace {

// Enough to see one refusal in ten twice, or to miss it at the lower rate once in 25 trials.
constexpr std::uint64_t sends_same = 20, sends_lower = 30;
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

Trial::Verdict Trial::look(Instant now, std::uint64_t last_send, double reply_s) {
    const auto made = last_send - from_;
    const double took_s = to_seconds(now - since_);
    const bool enough = made >= (stage_ == Stage::same ? sends_same : sends_lower);
    if (stage_ == Stage::none || !enough || took_s < std::max(least_s, 8 * reply_s))
        return Verdict::open;
    const double share = refused_ / static_cast<double>(made);
    if (stage_ == Stage::same) {
        stage_ = Stage::none;
        if (refused_ < 2) return Verdict::passing;
        share_ = share;
        let_in_per_s_ = (static_cast<double>(made) - refused_) / std::max(0.05, took_s);
        begin(now, last_send);
        stage_ = Stage::lower;
        return Verdict::lower;
    }
    stage_ = Stage::none;
    if (refused_ == 0 || share < 0.4 * share_) return Verdict::limit;
    chance_ = (share + share_) / 2;
    return Verdict::chance;
}

}  // namespace nightshift
