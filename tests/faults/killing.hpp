// Kills a run at a chosen system call (strace), and says what was left.

#pragma once

#include "test_paths.hpp"
#include "tests/crash/gateway.hpp"
#include "tests/e2e/gateway.hpp"
#include "tests/oracle/oracle.hpp"

#include <nlohmann/json.hpp>

#include <csignal>
#include <filesystem>
#include <string>
#include <vector>

namespace nightshift::test {

// The wrapper under which the n-th such call of a thread on `path` is never made: the process dies
// on entering it. An empty path: any.
inline std::vector<std::string> killed_at(const std::string& call, int nth,
                                          const std::filesystem::path& path = {}) {
    std::vector<std::string> words = {"strace", "-f", "-qq", "-o", "/dev/null"};
    if (!path.empty()) words.insert(words.end(), {"-P", path});
    words.insert(words.end(), {"-e", "trace=" + call, "-e",
                               "inject=" + call + ":signal=KILL:when=" + std::to_string(nth)});
    return words;
}

// The same for the n-th call of any thread that changes a file of the run directory: what a thread
// commits cannot be told by its own calls alone, as another has made as many before.
inline std::vector<std::string> killed_at_change(int nth, const std::string& run_dir) {
    return {"env", "LD_PRELOAD=" NIGHTSHIFT_DURABLE_CALLS, "CRASH_DIR=" + run_dir,
            "CRASH_AT=" + std::to_string(nth)};
}

// One manifest against a gateway process with books; the run directory is `run`.
class KillScene {
public:
    KillScene(const std::string& lines, const std::string& faults = {})
        : gateway_(folder_.path() / "gateway", faults, 100) {
        folder_.file("m.jsonl", lines);
    }

    Ended run(std::vector<std::string> wrapper = {}, std::vector<std::string> more = {}) const {
        std::vector<std::string> words = {"run",  "m.jsonl",      "-o",  dir(), "--poll-interval",
                                          "0.02", "--retry-base", "0.01"};
        words.insert(words.end(), more.begin(), more.end());
        return Program(folder_.path(), std::move(words), environment(), std::move(wrapper)).wait();
    }
    // Only the loading.
    void load() const { run({}, {"--limit", "0"}); }
    // True when the run died there.
    bool dies(std::vector<std::string> wrapper) const {
        return run(std::move(wrapper)).exit_code == 128 + SIGKILL;
    }

    nlohmann::json show(const std::string& id) const {
        const auto shown = nightshift::test::run(folder_.path(), {"show", dir(), id, "--json"});
        return nlohmann::json::parse(shown.out);
    }
    std::vector<BookEntry> books() const { return books_of(gateway_.books()); }
    // What the oracle says; empty: nothing is wrong.
    std::string wrong(bool ended = true) const {
        auto remains = remains_of(dir(), gateway_.books(), canary_key);
        remains.ended = ended;
        std::string text;
        for (const auto& each : violations(remains)) text += each + "\n";
        return text;
    }
    std::vector<nlohmann::json> ledger() const {
        return read_jsonl(std::filesystem::path(dir()) / "ledger.jsonl");
    }
    std::map<std::string, std::string> environment() const {
        return pointing_at(gateway_.base_url());
    }
    std::string dir() const { return folder_.path() / "run"; }
    std::filesystem::path hidden() const { return folder_.path() / "run" / ".nightshift"; }
    std::filesystem::path outputs() const { return folder_.path() / "run" / "outputs"; }
    const ScratchFolder& folder() const { return folder_; }

private:
    ScratchFolder folder_;
    Gateway gateway_;
};

}  // namespace nightshift::test
