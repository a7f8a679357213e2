// The video tasks this gateway knows, and their clock (wire contract 8.1).
#pragma once

#include "sandbox/faults/fault.hpp"
#include "sandbox/state/journal.hpp"

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <unordered_map>

namespace nightshift::sandbox {

struct Task {
    std::string id;  // task_ and 32 letters and digits
    std::string model;
    int user = 1;
    std::uint64_t number = 0;  // 1, 2, 3 ... in order of submission
    std::uint64_t roll = 0;    // what its film is drawn from
    std::int64_t created_ms = 0;
    std::int64_t render_ms = 0;  // from created to done
    int width = 1280;
    int height = 720;
    int seconds = 5;
    bool audio = false;
    std::unique_ptr<TaskScript> script;  // of a fault rule; null: none
    std::int64_t polls = 0;              // since this process started
};

// The gateway's own status words, as stored in its database.
struct TaskState {
    std::string status;  // NOT_START, QUEUED, IN_PROGRESS, SUCCESS, FAILURE, or a script's word
    int percent = 0;     // 0..100
    std::string fail_reason;  // of a FAILURE
    std::int64_t started_ms = 0;
    std::int64_t finished_ms = 0;

    bool done() const;
    bool failed() const;
};

class Tasks {
public:
    explicit Tasks(const std::filesystem::path& path);

    // The task is on disk when this returns.
    Task& add(Task task);
    // Null when there is none, or another user's.
    Task* find(const std::string& id, int user);
    // Null when there is none, whoever asks.
    Task* find(const std::string& id);
    std::uint64_t count() const { return tasks_.size(); }

private:
    Journal journal_;
    std::unordered_map<std::string, Task> tasks_;
};

// Where a task stands. With a script its status is the one of the poll it is at; `task.polls` is
// not moved.
TaskState state_at(const Task& task, std::int64_t now_ms);

}  // namespace nightshift::sandbox
