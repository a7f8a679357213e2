// I8: few of a lane's requests are second tries. How many may be is said in
// engine/retry/retry.hpp.

#include "tests/oracle/oracle.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace nightshift::test {
namespace {

constexpr std::int64_t window_ms = 120'000;
// The engine counts in slices, and an intent is written a moment after it was counted.
constexpr std::int64_t blur_ms = 1000;
constexpr std::size_t judged_from = 1000;  // first tries in a window
constexpr double share = 0.1, always = 100;

struct LaneTries {
    std::vector<std::int64_t> firsts, retries;  // when they started
};

bool is_refusal(const AttemptRecord& attempt) {
    return attempt.verdict == "rate_limited" || attempt.http_status == 429;
}

// What was refused for the rate is neither. What never left is not there.
void take(const TaskView& task, LaneTries& lane) {
    const AttemptRecord* before = nullptr;
    bool let_in = false;  // one of them was
    for (const auto& attempt : task.attempts) {
        if (!attempt.sent) continue;
        if (before != nullptr && !is_refusal(*before)) {
            lane.retries.push_back(attempt.started_at);
        } else if (!let_in && !is_refusal(attempt)) {
            lane.firsts.push_back(attempt.started_at);
        }
        let_in = let_in || !is_refusal(attempt);
        before = &attempt;
    }
}

// A window that does not end with a retry has no more of them than the one before it that does.
std::string judge(const std::string& name, LaneTries& lane) {
    auto& [firsts, retries] = lane;
    std::sort(firsts.begin(), firsts.end());
    std::sort(retries.begin(), retries.end());
    std::size_t first_from = 0, first_to = 0, retry_from = 0;
    for (std::size_t i = 0; i < retries.size(); ++i) {
        const auto end = retries[i], begin = end - window_ms;
        while (retries[retry_from] <= begin) ++retry_from;
        while (first_to < firsts.size() && firsts[first_to] <= end + blur_ms) ++first_to;
        while (first_from < first_to && firsts[first_from] <= begin - blur_ms) ++first_from;
        const auto many = first_to - first_from, again = i + 1 - retry_from;
        if (many < judged_from) continue;
        if (static_cast<double>(again) <= std::max(always, share * static_cast<double>(many) + 1)) {
            continue;
        }
        return fmt::format("I8 {}: {} retries beside {} first tries in the two minutes to {} ms",
                           name, again, many, end);
    }
    return {};
}

}  // namespace

std::vector<std::string> retry_violations(const std::vector<TaskView>& tasks) {
    std::map<std::string, LaneTries> lanes;
    for (const auto& task : tasks) take(task, lanes[task.row.endpoint + " " + task.row.model]);
    std::vector<std::string> found;
    for (auto& [name, lane] : lanes) {
        auto violation = judge(name, lane);
        if (!violation.empty()) found.push_back(std::move(violation));
    }
    return found;
}

}  // namespace nightshift::test
