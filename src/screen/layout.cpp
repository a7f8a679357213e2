#include "screen/layout.hpp"

#include "base/text/counted.hpp"
#include "base/text/terminal_text.hpp"
#include "base/timestamp.hpp"
#include "screen/width.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace nightshift::screen {
namespace {

constexpr std::size_t lines_max = 10;
constexpr std::size_t narrow_columns = 60;  // below: one line
constexpr std::size_t short_columns = 96;   // below: shorter words
constexpr std::size_t low_rows = 5;
constexpr std::size_t name_columns = 17;  // the longest endpoint

// Columns that all group lines share.
struct Columns {
    std::size_t bar = 0, counts = 0, activity = 0, line = 0;
    bool is_short() const { return line < short_columns; }
};

std::string clock_text(double elapsed_s) {
    const auto all = static_cast<std::int64_t>(elapsed_s);
    return fmt::format("{:02}:{:02}:{:02}", all / 3600, all / 60 % 60, all % 60);
}

std::string bar(const GroupView& group, std::size_t columns) {
    const auto total = std::max<std::int64_t>(1, group.sum.total);
    const auto filled =
        columns * static_cast<std::size_t>(group.done()) / static_cast<std::size_t>(total);
    return std::string(filled, '#') + std::string(columns - std::min(columns, filled), '-');
}

std::string left_text(const std::optional<TimeLeft>& left) {
    return left ? text_of(left) + " left" : "";
}

std::string counts_text(const GroupView& group) {
    return grouped(group.done()) + "/" + grouped(group.sum.total);
}

std::string activity_text(const GroupView& group, bool is_short) {
    if (group.is_over()) return "done";
    const auto& sum = group.sum;
    // What is under way may have begun when more was allowed.
    const auto places = fmt::format("{}/{}", group.busy(), std::max(sum.allowed, group.busy()));
    if (!group.makes_videos()) return places + " busy";
    auto text = places + (is_short ? " busy" : " rendering");
    if (sum.running > 0) text = fmt::format("{} sending, ", sum.running) + text;
    return text;
}

std::string latencies_text(const GroupView& group, bool aligned) {
    if (!group.latencies) return "";
    const std::size_t columns = aligned ? 5 : 0;
    return "p50 " + right_aligned(short_duration(group.latencies->p50_s), columns) + " p95 " +
           right_aligned(short_duration(group.latencies->p95_s), columns);
}

// Adds what still fits, in order of importance.
class LineBuilder {
public:
    LineBuilder(std::string start, std::size_t columns)
        : text_(std::move(start)), columns_(columns) {}
    void add(const std::string& part) {
        if (part.empty() || display_width(text_) + 2 + display_width(part) > columns_) return;
        text_ += "  " + part;
    }
    // Cut rather than left out; what it ends with stays.
    void must(const std::string& part) {
        const auto width = display_width(text_) + 2;
        if (width < columns_) text_ += "  " + cut_in_middle(part, columns_ - width);
    }
    std::string take() {
        const auto end = text_.find_last_not_of(' ');
        return text_.substr(0, end == std::string::npos ? 0 : end + 1);
    }

private:
    std::string text_;
    std::size_t columns_;
};

BlockLine group_line(const GroupView& group, const Columns& columns) {
    auto start = " " + padded(group.sum.endpoint, name_columns);
    if (columns.bar > 0) start += " " + bar(group, columns.bar);
    start += " " + right_aligned(counts_text(group), columns.counts);
    LineBuilder line(std::move(start), columns.line);
    const auto activity = activity_text(group, columns.is_short());
    if (group.is_over()) {
        line.must(activity);
        return {line.take(), Tone::faint};
    }
    if (!group.sum.waiting.empty()) {
        line.must(group.sum.waiting);
        line.add(activity);
    } else {
        line.must(padded(activity, columns.activity));
    }
    line.add(right_aligned(group.per_s > 0 ? rate_text(group.per_s) : "-", 7));
    line.add(latencies_text(group, !columns.is_short()));
    if (group.queued() > 0) line.add(grouped(group.queued()) + " queued");
    line.add(left_text(group.left));
    return {line.take(), group.sum.waiting.empty() ? Tone::plain : Tone::warning};
}

BlockLine head_line(const View& view, const std::string& title, std::size_t columns) {
    const auto times =
        fmt::format("{} elapsed, {}", clock_text(view.elapsed_s),
                    view.left ? "about " + left_text(view.left) : "time left: not known yet");
    const auto room = columns > times.size() + 3 ? columns - times.size() - 3 : 0;
    const auto name = cut_to_width(title, room);
    return {" " + padded(name, room) + "  " + times, Tone::strong};
}

// Paid, and in parentheses, where there is room, what may have been billed besides.
std::string cost_text(const RunStatus& status, bool is_short) {
    if (!status.cost) return "";
    auto text = fmt::format("cost {:.4g}", *status.cost);
    if (!status.currency.empty()) text += " " + term_safe(status.currency, 8);
    if (status.maybe_cost > 0 && !is_short)
        text += fmt::format(" (+{:.4g} maybe)", status.maybe_cost);
    if (status.budget) text += fmt::format(" of {:.6g}", *status.budget);
    return text;
}

// What this process did, which a resumed run directory knows more of.
std::string this_run_text(const RunStatus& status, bool is_short) {
    std::string text;
    const auto add = [&text](const std::string& part) {
        text += (text.empty() ? "" : ", ") + part;
    };
    if (status.retries > 0) {
        auto retries = counted(status.retries, "retry", "retries");
        if (status.posts > 0 && !is_short) {
            retries += fmt::format(" ({:.1f}%)", 100.0 * static_cast<double>(status.retries) /
                                                     static_cast<double>(status.posts));
        }
        add(retries);
    }
    if (status.maybe_billed > 0) add(grouped(status.maybe_billed) + " maybe billed");
    if (status.output_bytes > 0 && !is_short) {
        add(size_text(static_cast<std::uint64_t>(status.output_bytes)) + " of files");
    }
    return text.empty() ? "" : "this run: " + text;
}

BlockLine totals_line(const View& view, const Columns& columns) {
    const auto& sum = view.all.sum;
    const auto& status = view.status;
    const bool is_short = columns.is_short();
    auto start = " " + padded("all", name_columns);
    if (columns.bar > 0) start += " " + bar(view.all, columns.bar);
    start += " " + right_aligned(counts_text(view.all), columns.counts);
    LineBuilder line(std::move(start), columns.line);
    line.add("failed " + grouped(sum.failed));
    line.add("held " + grouped(sum.held));
    if (sum.cancelled > 0) line.add("cancelled " + grouped(sum.cancelled));
    line.add(cost_text(status, is_short));
    if (status.flagged > 0) line.add("flagged " + grouped(status.flagged));
    line.add(this_run_text(status, is_short));
    if (status.disk_left_bytes) {
        line.add("disk " + size_text(*status.disk_left_bytes) + (is_short ? "" : " left"));
    }
    line.add(fmt::format("{} in flight", status.in_flight));
    return {line.take(), sum.failed + sum.held > 0 ? Tone::bad : Tone::plain};
}

BlockLine one_line(const View& view, std::size_t columns) {
    const auto& all = view.all;
    LineBuilder line(" " + counts_text(all), columns);
    if (all.sum.failed > 0) line.add(fmt::format("{} failed", grouped(all.sum.failed)));
    if (all.sum.held > 0) line.add(fmt::format("{} held", grouped(all.sum.held)));
    line.add(left_text(view.left));
    line.add(fmt::format("{} running", all.sum.running + all.sum.submitted));
    line.add(cost_text(view.status, true));
    for (const auto& group : view.groups) {
        if (!group.sum.waiting.empty()) line.add(group.sum.waiting);
    }
    return {cut_to_width(line.take(), columns), Tone::plain};
}

// The groups that there is room for, in their order: those that are done go first.
std::vector<const GroupView*> chosen(const View& view, std::size_t room) {
    std::vector<const GroupView*> groups;
    for (const auto& group : view.groups) groups.push_back(&group);
    for (auto at = groups.size(); at-- > 0 && groups.size() > room;) {
        if (groups[at]->is_over()) groups.erase(groups.begin() + static_cast<std::ptrdiff_t>(at));
    }
    if (groups.size() > room) groups.resize(room);
    return groups;
}

Columns columns_for(const std::vector<const GroupView*>& groups, const GroupView& all,
                    std::size_t columns) {
    Columns shared;
    shared.counts = counts_text(all).size();
    shared.line = columns;
    shared.bar = columns < 72 ? 0 : columns < short_columns ? 6 : columns < 120 ? 12 : 24;
    for (const auto* group : groups) {
        shared.counts = std::max(shared.counts, counts_text(*group).size());
        if (!group->is_over()) {
            shared.activity =
                std::max(shared.activity, activity_text(*group, shared.is_short()).size());
        }
    }
    return shared;
}

}  // namespace

std::vector<BlockLine> block_lines(const View& view, const std::string& title, TerminalSize size) {
    const auto columns = std::max<std::size_t>(size.columns, 2) - 1;
    if (size.columns < narrow_columns || size.rows < low_rows) return {one_line(view, columns)};
    const auto room = std::min(lines_max, size.rows - 1);
    const auto foot = view.status.notice.empty() ? view.last : term_safe(view.status.notice);
    const auto groups = chosen(view, room - (foot.empty() ? 2 : 3));
    const auto shared = columns_for(groups, view.all, columns);
    std::vector<BlockLine> lines = {head_line(view, title, columns)};
    for (const auto* group : groups) lines.push_back(group_line(*group, shared));
    lines.push_back(totals_line(view, shared));
    if (!view.status.notice.empty()) {
        lines.push_back({cut_to_width(" " + foot, columns), Tone::warning});
    } else if (!foot.empty()) {
        lines.push_back({cut_to_width(" last: " + foot, columns), Tone::faint});
    }
    return lines;
}

}  // namespace nightshift::screen
