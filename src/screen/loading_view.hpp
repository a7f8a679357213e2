// Something to look at from the first moment on: a big manifest takes its time to be read. On a
// terminal one line that counts; elsewhere a line once it has taken a moment, and one every ten
// seconds.

#pragma once

#include "screen/screen.hpp"

#include <chrono>
#include <cstdint>
#include <string>

namespace nightshift::screen {

class LoadingView {
public:
    // `what` is being done: "loading big.jsonl".
    LoadingView(const ScreenOptions& options, std::string what);
    ~LoadingView() { clear(); }
    LoadingView(const LoadingView&) = delete;
    LoadingView& operator=(const LoadingView&) = delete;

    // Once a task; cheap.
    void count();
    // Before somebody else writes a line.
    void clear();

private:
    enum class Kind { line, lines, json, nothing };
    void show();

    Kind kind_;
    std::string what_;
    std::int64_t tasks_ = 0;
    bool drawn_ = false;
    std::chrono::steady_clock::time_point due_at_;
};

}  // namespace nightshift::screen
