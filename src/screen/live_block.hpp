// The live display of a terminal: a block of at most ten lines, redrawn in place on change, with
// log lines scrolling above it. No alternate screen, and nothing is cleared that stays.

#pragma once

#include "progress/repeat_filter.hpp"
#include "screen/layout.hpp"
#include "screen/screen.hpp"

#include <functional>
#include <string>
#include <vector>

namespace nightshift::screen {

class Block : public Screen {
public:
    // `size` is asked before each drawing, so that a resized terminal is drawn right.
    Block(std::string title, bool color, bool verbose, std::function<TerminalSize()> size);
    void on_task(const TaskEvent& event) override;
    void on_notice(const std::string& text) override;
    void refresh(const RunStatus& status, double elapsed_s) override;
    void answer(const RunStatus& status, double elapsed_s) override;
    void finish(const Summary& summary) override;

private:
    void above(const std::string& text, Tone tone);
    void draw(const std::string& above, const std::vector<BlockLine>& lines);
    std::size_t rows_drawn(std::size_t columns) const;

    std::string title_;
    bool color_, verbose_;
    std::function<TerminalSize()> size_;
    TerminalSize drawn_size_;
    std::vector<BlockLine> drawn_;
    Watcher watcher_;
    Repeats repeats_;
};

}  // namespace nightshift::screen
