#include "screen/live_block.hpp"

#include "base/text/terminal_text.hpp"
#include "screen/plain.hpp"
#include "screen/terminal.hpp"
#include "screen/width.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>

namespace nightshift::screen {
namespace {

// ECMA-48: up N lines, to the line's start, erase to the end of the line or of the screen.
std::string cursor_up(std::size_t lines) {
    return lines > 0 ? fmt::format("\x1b[{}A\r", lines) : "\r";
}
constexpr const char* erase_line_end = "\x1b[K";
constexpr const char* erase_below = "\x1b[J";

const char* code_of(Tone tone) {
    switch (tone) {
        case Tone::strong:
            return "\x1b[1m";
        case Tone::faint:
            return "\x1b[2m";
        case Tone::warning:
            return "\x1b[33m";
        case Tone::bad:
            return "\x1b[31m";
        case Tone::plain:
            break;
    }
    return "";
}

std::string styled(const std::string& text, Tone tone, bool color) {
    if (!color || tone == Tone::plain) return text;
    return code_of(tone) + text + "\x1b[0m";
}

bool same(const BlockLine& left, const BlockLine& right) {
    return left.text == right.text && left.tone == right.tone;
}

}  // namespace

Block::Block(std::string title, bool color, bool verbose, std::function<TerminalSize()> size)
    : title_(std::move(title)), color_(color), verbose_(verbose), size_(std::move(size)) {}

// Terminals wrap lines again that have become too wide for them.
std::size_t Block::rows_drawn(std::size_t columns) const {
    std::size_t rows = 0;
    for (const auto& line : drawn_) {
        const auto width = std::max<std::size_t>(1, display_width(line.text));
        rows += (width + columns - 1) / columns;
    }
    return rows;
}

// One write for all of it. Lines that stay as they are only step the cursor on.
void Block::draw(const std::string& above, const std::vector<BlockLine>& lines) {
    const auto size = size_();
    const bool afresh = !above.empty() || size != drawn_size_ || drawn_.empty();
    auto text = drawn_.empty() ? std::string() : cursor_up(rows_drawn(size.columns));
    if (afresh && !drawn_.empty()) text += erase_below;
    text += above;
    bool changed = afresh;
    for (std::size_t i = 0; i < lines.size(); ++i) {
        const bool stays = !afresh && i < drawn_.size() && same(lines[i], drawn_[i]);
        if (!stays) {
            text += styled(lines[i].text, lines[i].tone, color_) + erase_line_end;
            changed = true;
        }
        text += "\n";
    }
    if (lines.size() < drawn_.size() && !afresh) {
        text += erase_below;
        changed = true;
    }
    if (!changed) return;
    say(stderr, text);
    drawn_ = lines;
    drawn_size_ = size;
}

void Block::above(const std::string& text, Tone tone) {
    const auto lines = drawn_;
    draw(styled(text, tone, color_) + "\n", lines);
}

void Block::on_task(const TaskEvent& event) {
    watcher_.on_task(event);
    const auto text = trouble_line(repeats_, event, 60);
    if (text) above(*text, Tone::bad);
    if (verbose_ && !text) above(ended_line(event), Tone::faint);
}

void Block::on_notice(const std::string& text) {
    if (repeats_.seen(without_numbers(term_safe(text, 200))) == Repeats::Shown::no) return;
    above(term_safe(text), Tone::warning);
}

void Block::refresh(const RunStatus& status, double elapsed_s) {
    const auto view = watcher_.view(status, elapsed_s);
    std::string told;
    for (const auto& line : repeats_.left_out(elapsed_s)) told += line + "\n";
    draw(told, block_lines(view, title_, size_()));
}

void Block::answer(const RunStatus& status, double elapsed_s) {
    above(status_line(watcher_.view(status, elapsed_s)), Tone::plain);
}

void Block::finish(const Summary& summary) {
    say(stderr, summary_text(summary));
}

}  // namespace nightshift::screen
