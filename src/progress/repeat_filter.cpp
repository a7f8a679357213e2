#include "progress/repeat_filter.hpp"

#include "base/text/terminal_text.hpp"

#include <fmt/format.h>

namespace nightshift::screen {
namespace {

constexpr std::int64_t shown_of_a_kind = 3;
constexpr double tell_every_s = 60;
constexpr std::size_t kinds_max = 1000;  // texts come from gateways: there may be any number

}  // namespace

Repeats::Shown Repeats::seen(const std::string& what) {
    const bool full = tallies_.size() >= kinds_max && tallies_.count(what) == 0;
    auto& tally = tallies_[full ? "of other kinds" : what];
    ++tally.seen;
    if (tally.seen < shown_of_a_kind) return Shown::yes;
    if (tally.seen == shown_of_a_kind) return Shown::last;
    ++tally.left_out;
    return Shown::no;
}

std::vector<std::string> Repeats::left_out(double now_s) {
    std::vector<std::string> lines;
    if (now_s - told_s_ < tell_every_s) return lines;
    told_s_ = now_s;
    for (auto& [what, tally] : tallies_) {
        if (tally.left_out == 0) continue;
        lines.push_back(fmt::format("{} more like it: {}", tally.left_out, what));
        tally.left_out = 0;
    }
    return lines;
}

std::optional<std::string> trouble_line(Repeats& repeats, const TaskEvent& event,
                                        std::size_t id_bytes_max) {
    if (event.state != State::failed && event.state != State::held) return std::nullopt;
    const auto what =
        fmt::format("{} {} of {}", name_of(event.state), event.kind, term_safe(event.model, 60));
    const auto shown = repeats.seen(what);
    if (shown == Repeats::Shown::no) return std::nullopt;
    return fmt::format("{} {} {}: {}{}", name_of(event.state), term_safe(event.id, id_bytes_max),
                       event.kind, term_safe(event.message, 300),
                       shown == Repeats::Shown::last ? " (more like it are only counted)" : "");
}

std::string without_numbers(std::string text) {
    std::string kept;
    for (const char c : text) {
        const bool digit = c >= '0' && c <= '9';
        if (!digit) kept += c;
        if (digit && (kept.empty() || kept.back() != '#')) kept += '#';
    }
    return kept;
}

}  // namespace nightshift::screen
