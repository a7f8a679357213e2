// What is said of a task that meets one of its id in the queue, and what was loaded in all.

#pragma once

#include "cli/load/load_manifests.hpp"
#include "manifest/line.hpp"
#include "manifest/problem.hpp"

#include <functional>

namespace nightshift::cli {

// Borrows the task.
NewTask new_task_of(const ManifestTask& task, const std::string& manifest);

class Meeting {
public:
    using Report = std::function<void(const Problem&)>;
    Meeting(OnChange on_change, Report report)
        : on_change_(on_change), report_(std::move(report)) {}

    void meet(const Added& added, const ManifestTask& task, const std::string& manifest);
    // Counts it when it is no warning, and hands it on.
    void report(const Problem& problem);

    std::int64_t problems() const { return problems_; }
    const Loaded& loaded() const { return loaded_; }

private:
    void say(const ManifestTask& task, const std::string& manifest, const Added& added,
             bool warning);
    void note(const ManifestTask& task, const std::string& manifest, const Added& added);
    void changed(const ManifestTask& task, const std::string& manifest, const Added& added);

    OnChange on_change_;
    Report report_;
    Loaded loaded_;
    std::int64_t problems_ = 0;
};

// What reads the lines of a manifest for a run with these settings.
LineOptions line_options(const Settings& settings, bool loopback_media);

}  // namespace nightshift::cli
