#include "progress/snapshot.hpp"

#include "base/text/terminal_text.hpp"
#include "base/timestamp.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <set>
#include <string_view>
#include <utility>

namespace nightshift::screen {
namespace {

void add(LaneStatus& sum, const LaneStatus& lane) {
    sum.total += lane.total;
    sum.succeeded += lane.succeeded;
    sum.failed += lane.failed;
    sum.held += lane.held;
    sum.cancelled += lane.cancelled;
    sum.running += lane.running;
    sum.submitted += lane.submitted;
    sum.retries += lane.retries;
}

std::vector<GroupView> groups_of(const RunStatus& status) {
    std::vector<GroupView> groups;
    std::vector<const LaneStatus*> waiting;
    std::set<std::pair<std::string, std::string>> shares;  // of each endpoint, counted once
    for (const auto& lane : status.lanes) {
        auto found = std::find_if(groups.begin(), groups.end(), [&](const GroupView& each) {
            return each.sum.endpoint == lane.endpoint;
        });
        if (found == groups.end()) {
            groups.push_back({});
            waiting.push_back(nullptr);
            found = groups.end() - 1;
            found->sum.endpoint = lane.endpoint;
        }
        add(found->sum, lane);
        if (shares.emplace(lane.endpoint, lane.share).second) found->sum.allowed += lane.allowed;
        ++found->models;
        auto& first = waiting[static_cast<std::size_t>(found - groups.begin())];
        if (first == nullptr && !lane.waiting.empty()) first = &lane;
    }
    for (std::size_t i = 0; i < groups.size(); ++i) {
        auto& allowed = groups[i].sum.allowed;
        if (!groups[i].makes_videos())
            allowed = std::min<std::int64_t>(allowed, status.concurrency);
        if (waiting[i] == nullptr) continue;
        const auto& lane = *waiting[i];
        groups[i].sum.waiting = groups[i].models > 1 ? term_safe(lane.model + ": " + lane.waiting)
                                                     : term_safe(lane.waiting);
    }
    return groups;
}

// A figure that does not flicker: the larger, the coarser.
double coarse_s(double seconds) {
    struct Step {
        double below_s, step_s;
    };
    constexpr std::array<Step, 4> steps = {{{10, 1}, {60, 5}, {600, 10}, {7200, 60}}};
    double step_s = 600;
    for (const auto& step : steps) {
        if (seconds >= step.below_s) continue;
        step_s = step.step_s;
        break;
    }
    return std::max(1.0, std::round(seconds / step_s)) * step_s;
}

std::string coarse_text(double seconds) {
    if (seconds < 10) return fmt::format("{:.0f}s", coarse_s(seconds));
    auto text = short_duration(coarse_s(seconds));
    for (const std::string_view zero : {"00s", "00m", "00h"}) {
        if (text.ends_with(zero)) text.resize(text.size() - zero.size());
    }
    return text;
}

// Seconds that the unsent tasks of each share take at its pace; the longest of each endpoint. What
// was seen so far may be the burst before it.
std::map<std::string, double> pace_s_of(const RunStatus& status) {
    struct Share {
        double unsent = 0, per_minute = 0;
    };
    std::map<std::pair<std::string, std::string>, Share> shares;
    for (const auto& lane : status.lanes) {
        auto& share = shares[{lane.endpoint, lane.share}];
        GroupView alone;
        alone.sum = lane;
        share.unsent += static_cast<double>(alone.queued());
        share.per_minute = std::max(share.per_minute, lane.per_minute_most);
    }
    std::map<std::string, double> longest;
    for (const auto& [name, share] : shares) {
        if (share.per_minute <= 0) continue;
        auto& most = longest[name.first];
        most = std::max(most, share.unsent / share.per_minute * 60);
    }
    return longest;
}

std::string words_of(const TaskEvent& event) {
    if (event.id.empty()) return {};
    auto text = term_safe(event.id, 60) + " ";
    text +=
        event.state == State::pending ? "again: " + event.kind : std::string(name_of(event.state));
    if (event.state == State::succeeded && event.latency_s > 0) {
        text += " (" + short_duration(event.latency_s) + ")";
    }
    return text;
}

}  // namespace

bool GroupView::makes_videos() const {
    return sum.endpoint == "videos" || sum.endpoint == "video_generations";
}

void Watcher::on_task(const TaskEvent& event) {
    const bool again = event.state == State::pending;
    if (!again && event.tried) {  // what costs no time says nothing of how long the rest takes
        const double latency_s = event.state == State::succeeded ? event.latency_s : 0;
        tempos_[event.endpoint].ended(now_s_, latency_s);
    }
    last_ = event;
}

View Watcher::view(const RunStatus& status, double elapsed_s) {
    now_s_ = elapsed_s;
    View view;
    view.status = status;
    view.elapsed_s = elapsed_s;
    view.last = words_of(last_);
    view.groups = groups_of(status);
    view.left = TimeLeft{};
    const auto paces = pace_s_of(status);
    for (auto& group : view.groups) {
        auto& tempo = tempos_[group.sum.endpoint];
        if (group.sum.running + group.sum.submitted > 0) tempo.began(elapsed_s);
        const auto remaining = group.sum.total - group.done();
        group.per_s = group.is_over() ? 0 : tempo.per_s(elapsed_s);
        group.latencies = tempo.latencies();
        group.left = tempo.left(remaining, elapsed_s);
        const auto pace = paces.find(group.sum.endpoint);
        if (pace != paces.end()) group.pace_s = pace->second;
        if (group.left) {
            group.left->low_s = std::max(group.left->low_s, group.pace_s);
            group.left->high_s = std::max(group.left->high_s, group.pace_s);
        }
        add(view.all.sum, group.sum);
        if (!group.left) view.left.reset();
        if (!view.left) continue;
        view.left->low_s = std::max(view.left->low_s, group.left->low_s);
        view.left->high_s = std::max(view.left->high_s, group.left->high_s);
    }
    return view;
}

std::string text_of(const std::optional<TimeLeft>& left) {
    if (!left) return "-";
    const auto low = coarse_text(left->low_s), high = coarse_text(left->high_s);
    return low == high ? low : low + "-" + high;
}

std::string rate_text(double per_s) {
    if (per_s >= 100) return fmt::format("{:.0f}/s", per_s);
    if (per_s >= 1) return fmt::format("{:.1f}/s", per_s);
    if (per_s * 60 >= 1) return fmt::format("{:.0f}/min", per_s * 60);
    return fmt::format("{:.0f}/h", per_s * 3600);
}

std::string size_text(std::uint64_t bytes) {
    constexpr std::array<const char*, 5> units = {"B", "KiB", "MiB", "GiB", "TiB"};
    auto size = static_cast<double>(bytes);
    std::size_t unit = 0;
    while (size >= 1024 && unit + 1 < units.size()) {
        size /= 1024;
        ++unit;
    }
    return fmt::format("{:.{}f} {}", size, size < 10 && unit > 0 ? 1 : 0, units[unit]);
}

}  // namespace nightshift::screen
