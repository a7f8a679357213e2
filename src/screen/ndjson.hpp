// Progress for programs: one JSON object a line on stdout. Types: `task` (a task reached a
// terminal state or goes back to the queue), `status` (once a second), `notice`, and last
// `summary`. Every object carries `type` and `schema` (1). docs/json.md has every field.

#pragma once

#include "progress/snapshot.hpp"
#include "screen/screen.hpp"

namespace nightshift::screen {

class Ndjson : public Screen {
public:
    void on_task(const TaskEvent& event) override;
    void on_notice(const std::string& text) override;
    void refresh(const RunStatus& status, double elapsed_s) override;
    void answer(const RunStatus& status, double elapsed_s) override;
    void finish(const Summary& summary) override;

private:
    Watcher watcher_;
    double last_status_s_ = -1;
};

}  // namespace nightshift::screen
