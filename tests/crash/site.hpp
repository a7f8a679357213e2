// One place where runs are killed: a folder with a manifest, a gateway of its own and the run
// directory, judged by the oracle.

#pragma once

#include "tests/crash/gateway.hpp"

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace nightshift::test {

struct SitePlan {
    int tasks = 12;          // of all endpoints in turn
    std::uint64_t seed = 1;  // makes the bodies differ between sites
    bool faults = false;     // the gateway refuses, resets and cuts now and then
};

// What was found wrong, by what it means to whoever pays.
struct Findings {
    int lost = 0;       // a task, a file, a ledger line or an accepted video (I1, I3, I4)
    int unflagged = 0;  // paid for and not told (I2)
    int other = 0;      // the key, the queue, exit codes
    std::vector<std::string> texts;

    bool any() const { return !texts.empty(); }
    void add(std::string text);
};

class Site {
public:
    Site(const std::filesystem::path& folder, const SitePlan& plan);

    // `nightshift run` on the run directory, for the first time or to resume.
    std::unique_ptr<Program> start(const std::map<std::string, std::string>& more = {},
                                   std::vector<std::string> wrapper = {}) const;
    // Runs until it ends by itself, and once more, which must send nothing and change nothing;
    // then `nightshift verify` must agree.
    void finish(Findings& findings) const;
    // After a kill (not ended), or when a run ended by itself with this exit code.
    void judge(bool ended, Findings& findings) const;
    void judge_end(int exit_code, const std::string& said, Findings& findings) const;

    int held() const;    // tasks that want a decision
    int resent() const;  // POSTs that the gateway took beside the first of each task
    const std::filesystem::path& folder() const { return folder_; }
    std::filesystem::path run_dir() const { return folder_ / "run"; }

private:
    std::filesystem::path folder_;
    std::unique_ptr<Gateway> gateway_;
    int tasks_ = 0;
};

}  // namespace nightshift::test
