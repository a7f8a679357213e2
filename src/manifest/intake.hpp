// Files in, tasks out: reads every line, gives ids, finds duplicates, counts.
//
// Ids of lines without one: the first 16 hex digits of the SHA-256 of endpoint, NUL, model, NUL,
// body; the second such line of the command gets "-2", the third "-3".

#pragma once

#include "manifest/line.hpp"
#include "manifest/problem.hpp"

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace nightshift {

// Of one endpoint and model, over the whole command.
struct IntakeCount {
    std::int64_t tasks = 0;
    Estimate estimate;           // sums
    std::int64_t unbounded = 0;  // tasks whose line sets no limit for output tokens
};

struct IntakeStats {
    std::int64_t lines = 0;  // that were not blank
    std::int64_t tasks = 0;  // handed to `add`
    std::int64_t bad_lines = 0;
    std::int64_t warnings = 0;
    std::int64_t duplicates = 0;  // same id and body as an earlier line, as far as it is known here
    std::map<std::pair<std::string, std::string>, IntakeCount> counts;  // endpoint, model
};

class Intake;

struct IntakeHooks {
    // One task; may be moved from. `manifest` is the file's name as given.
    std::function<void(ManifestTask&& task, const std::string& manifest)> add;
    std::function<void(Problem&& problem)> problem;  // as they are found, warnings too
    // A file that begins as a recipe does is handed over whole; its lines come back by `take`.
    std::function<bool(std::string_view head)> is_recipe = {};
    std::function<void(Intake& intake, const std::string& text, const std::string& path)> recipe =
        {};
    // `add` tells of ids that come twice: then none is kept here. Otherwise the second is told of
    // as a problem, and not handed on.
    bool add_knows_ids = false;
};

class Intake {
public:
    Intake(const EndpointTable& table, LineOptions options, IntakeHooks hooks);
    ~Intake();

    // Reads one more file ("-": stdin). Throws UsageError when it cannot be read.
    void read(const std::string& path);
    // One line that a recipe makes; `file` and `line` say where its data stands, for problems
    // (line 0: the file as a whole).
    void take(std::string_view text, const std::string& file, std::int64_t line);
    // What is wrong with a recipe.
    void report(Problem&& problem);
    const IntakeStats& stats() const;

private:
    struct Work;
    std::unique_ptr<Work> work_;
};

}  // namespace nightshift
