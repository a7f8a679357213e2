// The live display of a terminal: a block of at most ten lines, redrawn in place on change, with
// log lines scrolling above it. No alternate screen.

#pragma once

#include "screen/screen.hpp"

#include <string>
#include <vector>

namespace nightshift::screen {

class Block : public Screen {
public:
    explicit Block(bool color) : color_(color) {}
    void on_task(const TaskEvent& event) override;
    void on_notice(const std::string& text) override;
    void refresh(const RunStatus& status, double elapsed_s) override;
    void answer(const RunStatus& status, double elapsed_s) override;
    void finish(const Summary& summary) override;

private:
    void erase();
    void above(const std::string& text);

    bool color_;
    std::vector<std::string> drawn_;
    std::string last_;  // what happened last
};

// The block's lines for a terminal so wide. Pure.
std::vector<std::string> block_lines(const RunStatus& status, double elapsed_s,
                                     const std::string& last, std::size_t columns);

// Columns that the text takes on a terminal (CJK characters take two), and the text cut to fit.
std::size_t display_width(std::string_view text);
std::string cut_to_width(std::string_view text, std::size_t columns);

}  // namespace nightshift::screen
