#include "screen/plain.hpp"

#include "base/clock.hpp"
#include "base/text/terminal_text.hpp"
#include "base/timestamp.hpp"
#include "screen/terminal.hpp"

#include <fmt/format.h>

#include <array>
#include <cstdio>

namespace nightshift::screen {
namespace {

constexpr double line_every_s = 60;
constexpr double milestone_gap_s = 10;
constexpr std::array<int, 7> milestones_percent = {1, 5, 10, 25, 50, 75, 90};

int percent_of(const View& view) {
    const auto total = view.all.sum.total;
    return total > 0 ? static_cast<int>(100 * view.all.done() / total) : 100;
}

// " messages=22.4/s(rate-limited; next request in 12 s)"
std::string group_text(const GroupView& group) {
    if (group.is_over()) return "";
    auto text = " " + group.sum.endpoint + "=" + (group.per_s > 0 ? rate_text(group.per_s) : "-");
    if (!group.sum.waiting.empty()) text += "(" + group.sum.waiting + ")";
    return text;
}

}  // namespace

std::string ended_line(const TaskEvent& event) {
    const bool again = event.state == State::pending;
    auto text = fmt::format("{} {} {}", term_safe(event.id),
                            again ? "again" : std::string(name_of(event.state)),
                            term_safe(event.model, 60));
    if (!event.kind.empty()) text += " " + event.kind;
    if (event.latency_s > 0) text += " (" + short_duration(event.latency_s) + ")";
    return text;
}

std::string status_line(const View& view) {
    const auto& sum = view.all.sum;
    const auto& status = view.status;
    auto text =
        fmt::format("run {}% succeeded={} failed={} held={} running={} videos={} queued={} of={}",
                    percent_of(view), sum.succeeded, sum.failed, sum.held, sum.running,
                    sum.submitted, view.all.queued(), sum.total);
    if (sum.cancelled > 0) text += fmt::format(" cancelled={}", sum.cancelled);
    if (status.retries > 0) text += fmt::format(" retries={}", status.retries);
    if (status.flagged > 0) text += fmt::format(" flagged={}", status.flagged);
    if (status.maybe_billed > 0) text += fmt::format(" maybe_billed={}", status.maybe_billed);
    for (const auto& group : view.groups) text += group_text(group);
    text += " left=" + (view.left ? text_of(view.left) : "unknown");
    if (status.cost) {
        text += fmt::format(" cost={:.4g}", *status.cost);
        if (status.maybe_cost > 0) text += fmt::format(" maybe_cost={:.4g}", status.maybe_cost);
        if (status.budget) text += fmt::format(" budget={:.6g}", *status.budget);
    }
    if (status.output_bytes > 0) {
        text += fmt::format(" files={}MiB", status.output_bytes >> 20);
    }
    if (status.disk_left_bytes) {
        text += fmt::format(" disk={}GiB", *status.disk_left_bytes >> 30);
    }
    if (!status.notice.empty()) text += " " + term_safe(status.notice);
    return text;
}

std::string status_line(const RunStatus& status) {
    return status_line(Watcher().view(status, 0));
}

void Plain::line(const std::string& text) {
    say(stderr, rfc3339(unix_ms()) + " " + text + "\n");
}

void Plain::on_task(const TaskEvent& event) {
    watcher_.on_task(event);
    const auto text = trouble_line(repeats_, event);
    if (text) line(*text);
    if (verbose_ && !text) line(ended_line(event));
}

void Plain::on_notice(const std::string& text) {
    if (repeats_.seen(without_numbers(term_safe(text, 200))) == Repeats::Shown::no) return;
    line(term_safe(text));
}

void Plain::refresh(const RunStatus& status, double elapsed_s) {
    const auto view = watcher_.view(status, elapsed_s);
    for (const auto& text : repeats_.left_out(elapsed_s)) line(text);
    const auto percent = percent_of(view);
    bool milestone = false;
    while (milestone_ < milestones_percent.size() && percent >= milestones_percent[milestone_]) {
        milestone = true;
        ++milestone_;
    }
    const double since = elapsed_s - last_line_s_;
    if (since < line_every_s && !(milestone && since >= milestone_gap_s)) return;
    last_line_s_ = elapsed_s;
    line(status_line(view));
}

void Plain::answer(const RunStatus& status, double elapsed_s) {
    line(status_line(watcher_.view(status, elapsed_s)));
}

void Plain::finish(const Summary& summary) {
    say(stderr, summary_text(summary));
}

}  // namespace nightshift::screen
