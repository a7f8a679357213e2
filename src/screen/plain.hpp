// Progress as plain lines on stderr, for logs and CI: one a minute and at milestones, each failure
// once, no control characters.

#pragma once

#include "progress/repeat_filter.hpp"
#include "progress/snapshot.hpp"
#include "screen/screen.hpp"

#include <string>

namespace nightshift::screen {

class Plain : public Screen {
public:
    explicit Plain(bool verbose = false) : verbose_(verbose) {}
    void on_task(const TaskEvent& event) override;
    void on_notice(const std::string& text) override;
    void refresh(const RunStatus& status, double elapsed_s) override;
    void answer(const RunStatus& status, double elapsed_s) override;
    void finish(const Summary& summary) override;

private:
    void line(const std::string& text);

    bool verbose_;
    double last_line_s_ = 0;
    std::size_t milestone_ = 0;
    Watcher watcher_;
    Repeats repeats_;
};

// "run 62% done=7740 failed=4 ...": one line for people, also for SIGUSR1.
std::string status_line(const View& view);
// Of any task that ended or goes back to the queue: "x-17 succeeded gpt-5.4 (2.1s)".
std::string ended_line(const TaskEvent& event);
// ... without rates.
std::string status_line(const RunStatus& status);

}  // namespace nightshift::screen
