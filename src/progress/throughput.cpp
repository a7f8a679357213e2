#include "progress/throughput.hpp"

#include <algorithm>
#include <cmath>

namespace nightshift::screen {
namespace {

constexpr std::int64_t samples_min = 5;
constexpr std::size_t latencies_kept = 512;
constexpr double short_window_s = 60, long_window_s = 600;
constexpr std::int64_t enough_in_short_window = 20;
constexpr double wide_spread = 2;  // p90 over p50, from here on a range is honest

double at_share(std::vector<double>& sorted, double share) {
    const auto at = static_cast<std::size_t>(share * static_cast<double>(sorted.size() - 1) + 0.5);
    return sorted[at];
}

// The standard deviation over the mean of a log-normal distribution with these two percentiles;
// 1.2816 is the 90th percentile of the standard normal one.
double relative_spread(const Latencies& latencies) {
    const double sigma = std::log(latencies.p90_s / latencies.p50_s) / 1.2816;
    return std::sqrt(std::exp(sigma * sigma) - 1);
}

}  // namespace

void Tempo::began(double now_s) {
    if (!began_s_) began_s_ = now_s;
}

void Tempo::ended(double now_s, double latency_s) {
    began(now_s);
    ++ended_;
    const auto second = static_cast<std::int64_t>(now_s);
    if (seconds_.empty() || seconds_.back().second != second) seconds_.push_back({second, 0});
    ++seconds_.back().count;
    while (seconds_.front().second < second - static_cast<std::int64_t>(long_window_s)) {
        seconds_.pop_front();
    }
    if (latency_s <= 0) return;
    if (latencies_.size() < latencies_kept) {
        latencies_.push_back(latency_s);
    } else {
        latencies_[next_] = latency_s;
        next_ = (next_ + 1) % latencies_kept;
    }
}

std::int64_t Tempo::ended_since(double since_s) const {
    std::int64_t count = 0;
    for (auto at = seconds_.rbegin(); at != seconds_.rend(); ++at) {
        if (static_cast<double>(at->second) < since_s) break;
        count += at->count;
    }
    return count;
}

double Tempo::per_s(double now_s) const {
    if (!began_s_ || now_s <= *began_s_) return 0;
    const double age_s = now_s - *began_s_;
    const auto lately = ended_since(now_s - short_window_s);
    const bool enough = age_s <= short_window_s || lately >= enough_in_short_window;
    const double window_s = std::min(age_s, enough ? short_window_s : long_window_s);
    const auto count = enough ? lately : ended_since(now_s - long_window_s);
    return static_cast<double>(count) / std::max(1.0, window_s);
}

std::optional<Latencies> Tempo::latencies() const {
    if (latencies_.size() < static_cast<std::size_t>(samples_min)) return std::nullopt;
    auto sorted = latencies_;
    std::sort(sorted.begin(), sorted.end());
    return Latencies{at_share(sorted, 0.5), at_share(sorted, 0.9), at_share(sorted, 0.95)};
}

std::optional<TimeLeft> Tempo::left(std::int64_t remaining, double now_s) const {
    if (remaining <= 0) return TimeLeft{};
    const double rate = per_s(now_s);
    if (ended_ < samples_min || rate <= 0) return std::nullopt;
    const double expected_s = static_cast<double>(remaining) / rate;
    const auto known = latencies();
    if (!known || known->p90_s <= wide_spread * known->p50_s)
        return TimeLeft{expected_s, expected_s};
    const auto samples = static_cast<double>(latencies_.size());
    const double error =
        relative_spread(*known) * std::sqrt(1 / samples + 1 / static_cast<double>(remaining));
    return TimeLeft{expected_s / (1 + error), expected_s * (1 + error)};
}

}  // namespace nightshift::screen
