#include "engine/pacing/answer_times.hpp"

#include <algorithm>

namespace nightshift {
namespace {

constexpr double unknown_s = 1e9;  // longer than any answer takes
constexpr double least_span_s = 1e-3;

}  // namespace

void AnswerTimes::begin(std::size_t sends, int skipped, Load load) {
    all_.clear();
    sends_ = sends;
    skipped_ = skipped;
    load_ = load;
    answered_ = dropped_ = 0;
    least_in_flight_ = most_in_flight_ = 0;
}

// Two answers at once leave two places free, so the load is never quite the same.
void AnswerTimes::add(const Send& send) {
    last_number_ = send.number;
    last_at_ = send.at;
    if (is_complete()) return;
    const bool first = most_in_flight_ == 0;
    const int least = first ? send.in_flight : std::min(least_in_flight_, send.in_flight);
    const int most = std::max(most_in_flight_, send.in_flight);
    const bool same = load_ == Load::any || 4 * least >= 3 * most;
    if (!same) begin(sends_, send.in_flight, load_);
    least_in_flight_ = same ? least : send.in_flight;
    most_in_flight_ = same ? most : send.in_flight;
    if (skipped_ > 0) {
        --skipped_;
        return;
    }
    all_.push_back({.number = send.number, .at = send.at, .took_s = -1, .dropped = false});
}

AnswerTimes::Each* AnswerTimes::find(const Send& send) {
    const auto found = std::lower_bound(
        all_.begin(), all_.end(), send.number,
        [](const Each& each, std::uint64_t number) { return each.number < number; });
    return found != all_.end() && found->number == send.number ? &*found : nullptr;
}

void AnswerTimes::answered(const Send& send, Instant now) {
    auto* each = find(send);
    if (each == nullptr) return;
    each->took_s = to_seconds(now - each->at);
    ++answered_;
}

void AnswerTimes::dropped(const Send& send) {
    auto* each = find(send);
    if (each == nullptr) return;
    each->dropped = true;
    if (2 * ++dropped_ > sends_) begin(sends_, 0, load_);
}

double AnswerTimes::per_s() const {
    const double span_s = to_seconds(last_at_ - all_.front().at);
    return static_cast<double>(last_number_ - all_.front().number) / std::max(span_s, least_span_s);
}

std::optional<double> AnswerTimes::per_s_after(std::size_t sends) const {
    if (all_.size() <= sends) return std::nullopt;
    return per_s();
}

std::optional<AnswerTimes::Measure> AnswerTimes::measure(Instant now) const {
    if (!is_complete() || 2 * (answered_ + dropped_) <= sends_) return std::nullopt;
    std::vector<double> took_s;
    double open_s = unknown_s;  // of the youngest that has no answer
    for (const auto& each : all_) {
        if (each.dropped) continue;
        const bool open = each.took_s < 0;
        if (open) open_s = std::min(open_s, to_seconds(now - each.at));
        took_s.push_back(open ? unknown_s : each.took_s);
    }
    const auto middle = took_s.begin() + static_cast<std::ptrdiff_t>(took_s.size() / 2);
    std::nth_element(took_s.begin(), middle, took_s.end());
    if (*middle > open_s) return std::nullopt;
    return Measure{
        .median_s = *middle, .per_s = per_s(), .in_flight = most_in_flight_, .sends = sends_};
}

}  // namespace nightshift
