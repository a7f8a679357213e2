#include "screen/block.hpp"

#include "core/term_safe.hpp"
#include "core/timestamp.hpp"
#include "screen/plain.hpp"
#include "screen/say.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <sys/ioctl.h>
#include <unistd.h>
#include <utf8proc.h>

namespace nightshift::screen {
namespace {

constexpr std::size_t groups_max = 7;      // lines of lanes; with head and foot at most ten
constexpr std::size_t wide_columns = 100;  // from here on there is room for a long bar
constexpr std::size_t narrow_columns = 60;

std::size_t terminal_columns() {
    winsize size{};
    if (ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0) return size.ws_col;
    return 80;
}

std::string bar(std::int64_t done, std::int64_t total, std::size_t columns) {
    const std::size_t bar_columns = columns < wide_columns ? 12 : 24;
    const auto filled =
        total > 0 ? bar_columns * static_cast<std::size_t>(done) / static_cast<std::size_t>(total)
                  : bar_columns;
    return std::string(filled, '#') + std::string(bar_columns - filled, '-');
}

// One line per endpoint: lanes of the same endpoint are added up.
std::vector<LaneStatus> by_endpoint(const RunStatus& status) {
    std::vector<LaneStatus> groups;
    for (const auto& lane : status.lanes) {
        auto found = std::find_if(groups.begin(), groups.end(), [&](const LaneStatus& each) {
            return each.endpoint == lane.endpoint;
        });
        if (found == groups.end()) {
            groups.push_back(lane);
            continue;
        }
        found->total += lane.total;
        found->succeeded += lane.succeeded;
        found->failed += lane.failed;
        found->held += lane.held;
        found->cancelled += lane.cancelled;
        found->running += lane.running;
        found->submitted += lane.submitted;
        if (found->waiting.empty()) found->waiting = lane.waiting;
    }
    return groups;
}

std::string group_line(const LaneStatus& group, std::size_t columns) {
    const auto done = group.succeeded + group.failed + group.held + group.cancelled;
    const auto counts = fmt::format("{}/{}", done, group.total);
    std::string state;
    if (done == group.total) {
        state = "done";
    } else if (group.endpoint == "videos" || group.endpoint == "video_generations") {
        state = fmt::format("{} submitting, {} rendering", group.running, group.submitted);
    } else {
        state = fmt::format("{} running", group.running);
    }
    if (!group.waiting.empty()) state += "  " + group.waiting;
    if (columns < narrow_columns)
        return fmt::format(" {:<18} {:>11} {}", group.endpoint, counts, state);
    return fmt::format(" {:<18} {} {:>13}  {}", group.endpoint, bar(done, group.total, columns),
                       counts, state);
}

}  // namespace

std::size_t display_width(std::string_view text) {
    std::size_t width = 0;
    while (!text.empty()) {
        utf8proc_int32_t c = 0;
        const auto length = utf8proc_iterate(reinterpret_cast<const utf8proc_uint8_t*>(text.data()),
                                             static_cast<utf8proc_ssize_t>(text.size()), &c);
        if (length <= 0) return width + text.size();
        width += static_cast<std::size_t>(std::max(0, utf8proc_charwidth(c)));
        text.remove_prefix(static_cast<std::size_t>(length));
    }
    return width;
}

std::string cut_to_width(std::string_view text, std::size_t columns) {
    if (display_width(text) <= columns) return std::string(text);
    std::string cut;
    while (!text.empty()) {
        const auto length = std::max<std::size_t>(1, utf8_length(text));
        const auto next = text.substr(0, length);
        if (display_width(cut) + display_width(next) + 3 > columns) break;
        cut += next;
        text.remove_prefix(length);
    }
    return cut + "...";
}

std::vector<std::string> block_lines(const RunStatus& status, double elapsed_s,
                                     const std::string& last, std::size_t columns) {
    const auto groups = by_endpoint(status);
    std::vector<std::string> lines;
    std::int64_t failed = 0, held = 0;
    for (const auto& group : groups) {
        failed += group.failed;
        held += group.held;
        if (lines.size() < groups_max) lines.push_back(group_line(group, columns));
    }
    lines.push_back(fmt::format(" failed {}  held {}  retries {}  {} in flight  {} elapsed", failed,
                                held, status.retries, status.in_flight, short_duration(elapsed_s)));
    if (!status.notice.empty()) lines.push_back(" " + term_safe(status.notice));
    if (!last.empty()) lines.push_back(" last: " + last);
    for (auto& line : lines) line = cut_to_width(line, columns > 1 ? columns - 1 : 1);
    return lines;
}

void Block::erase() {
    if (drawn_.empty()) return;
    say(stderr, fmt::format("\x1b[{}A\r\x1b[J", drawn_.size()));
    drawn_.clear();
}

void Block::above(const std::string& text) {
    erase();
    say(stderr, text + "\n");
}

void Block::on_task(const TaskEvent& event) {
    const auto id = term_safe(event.id, 60);
    if (event.state == State::failed || event.state == State::held) {
        const auto text = fmt::format("{} {} {}: {}", name_of(event.state), id, event.kind,
                                      term_safe(event.message, 300));
        above(color_ ? "\x1b[31m" + text + "\x1b[0m" : text);
    }
    last_ = fmt::format(
        "{} {}", id,
        event.state == State::pending ? "again: " + event.kind : std::string(name_of(event.state)));
}

void Block::on_notice(const std::string& text) {
    above(term_safe(text));
}

void Block::refresh(const RunStatus& status, double elapsed_s) {
    auto lines = block_lines(status, elapsed_s, last_, terminal_columns());
    if (lines == drawn_) return;
    std::string text;
    if (!drawn_.empty()) text = fmt::format("\x1b[{}A\r\x1b[J", drawn_.size());
    for (const auto& line : lines) text += line + "\n";
    say(stderr, text);
    drawn_ = std::move(lines);
}

void Block::answer(const RunStatus& status, double) {
    above(status_line(status));
}

void Block::finish(const Summary& summary) {
    say(stderr, summary_text(summary));
}

}  // namespace nightshift::screen
