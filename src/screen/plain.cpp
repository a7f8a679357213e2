#include "screen/plain.hpp"

#include "core/term_safe.hpp"
#include "core/timestamp.hpp"
#include "screen/say.hpp"

#include <fmt/format.h>

#include <array>
#include <chrono>
#include <cstdio>

namespace nightshift::screen {
namespace {

constexpr double line_every_s = 60;
constexpr double milestone_gap_s = 10;
constexpr std::array<int, 7> milestones_percent = {1, 5, 10, 25, 50, 75, 90};
constexpr std::int64_t shown_of_a_kind = 3;

struct Totals {
    std::int64_t total = 0, done = 0, failed = 0, held = 0, running = 0, submitted = 0;
    int percent() const {
        return total > 0 ? static_cast<int>(100 * (done + failed + held) / total) : 100;
    }
};

Totals totals_of(const RunStatus& status) {
    Totals totals;
    for (const auto& lane : status.lanes) {
        totals.total += lane.total;
        totals.done += lane.succeeded + lane.cancelled;
        totals.failed += lane.failed;
        totals.held += lane.held;
        totals.running += lane.running;
        totals.submitted += lane.submitted;
    }
    return totals;
}

}  // namespace

std::string status_line(const RunStatus& status) {
    const auto totals = totals_of(status);
    auto text =
        fmt::format("run {}% done={} failed={} held={} running={} videos={} retries={} of={}",
                    totals.percent(), totals.done, totals.failed, totals.held, totals.running,
                    totals.submitted, status.retries, totals.total);
    if (status.cost) {
        text += fmt::format(" cost={:.4g}", *status.cost + status.maybe_cost);
        if (status.budget) text += fmt::format("/{:.6g}", *status.budget);
    }
    for (const auto& lane : status.lanes) {
        if (lane.waiting.empty()) continue;
        text += fmt::format(" [{} {}]", term_safe(lane.model), lane.waiting);
    }
    if (!status.notice.empty()) text += " " + term_safe(status.notice);
    return text;
}

void Plain::line(const std::string& text) {
    const auto now = std::chrono::duration_cast<std::chrono::milliseconds>(
        std::chrono::system_clock::now().time_since_epoch());
    say(stderr, rfc3339(now.count()) + " " + text + "\n");
}

void Plain::on_task(const TaskEvent& event) {
    if (event.state != State::failed && event.state != State::held) return;
    auto& seen = failures_[event.kind + " " + event.model];
    ++seen;
    if (seen > shown_of_a_kind) return;
    line(fmt::format("{} {} {}: {}{}", name_of(event.state), term_safe(event.id), event.kind,
                     term_safe(event.message, 300),
                     seen == shown_of_a_kind ? " (more like it are only counted)" : ""));
}

void Plain::on_notice(const std::string& text) {
    line(term_safe(text));
}

void Plain::refresh(const RunStatus& status, double elapsed_s) {
    const auto percent = totals_of(status).percent();
    bool milestone = false;
    while (milestone_ < milestones_percent.size() && percent >= milestones_percent[milestone_]) {
        milestone = true;
        ++milestone_;
    }
    const double since = elapsed_s - last_line_s_;
    if (since < line_every_s && !(milestone && since >= milestone_gap_s)) return;
    last_line_s_ = elapsed_s;
    line(status_line(status));
}

void Plain::answer(const RunStatus& status, double) {
    line(status_line(status));
}

void Plain::finish(const Summary& summary) {
    say(stderr, summary_text(summary));
}

}  // namespace nightshift::screen
