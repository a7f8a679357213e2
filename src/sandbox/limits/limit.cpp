// The arithmetic of changes and of slowness under load.
#include "sandbox/limits/limit.hpp"

#include <algorithm>
#include <cmath>

namespace nightshift::sandbox {
namespace {

// The factor of the change that came last; of two at one moment, the one further down the list.
double factor_at(const std::vector<Change>& changes, double seconds) {
    double factor = 1;
    double latest = -1;
    for (const Change& change : changes) {
        if (seconds < change.after_seconds) continue;
        double came = change.after_seconds;
        if (change.every_seconds) {
            came += std::floor((seconds - came) / *change.every_seconds) * *change.every_seconds;
        }
        if (came < latest) continue;
        latest = came;
        factor = change.factor;
    }
    return factor;
}

}  // namespace

Ceilings ceilings_at(const Limit& limit, double seconds_since_start) {
    const double factor = factor_at(limit.changes, seconds_since_start);
    const auto changed = [factor](std::int64_t ceiling) {
        if (ceiling == 0) return ceiling;
        return std::max(std::int64_t{1},
                        std::int64_t{std::llround(static_cast<double>(ceiling) * factor)});
    };
    return {.requests_per_minute = changed(limit.requests_per_minute),
            .tokens_per_minute = changed(limit.tokens_per_minute),
            .concurrency = changed(limit.concurrency),
            .remote_tasks = changed(limit.remote_tasks)};
}

double work_seconds(const Limit& limit, double seconds, std::int64_t in_flight) {
    const double work = seconds + limit.latency_seconds;
    if (limit.slow_above == 0 || in_flight <= limit.slow_above) return work;
    const auto above = static_cast<double>(in_flight - limit.slow_above);
    return work * (1 + limit.slow_factor * above / static_cast<double>(limit.slow_above));
}

}  // namespace nightshift::sandbox
