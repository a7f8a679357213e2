// A kill just before each durable system call of one small run of all endpoints, then a resume.

#include "test_paths.hpp"
#include "tests/crash/modes.hpp"
#include "tests/crash/site.hpp"

#include <fmt/format.h>

#include <atomic>
#include <chrono>
#include <csignal>
#include <mutex>
#include <sstream>
#include <thread>

namespace nightshift::test {
namespace {

using Clock = std::chrono::steady_clock;

constexpr int tasks = 12;  // one of each kind
constexpr int points_at_a_time = 3;

SitePlan plan_of(int point) {
    return {.tasks = tasks, .seed = static_cast<std::uint64_t>(point), .faults = false};
}

std::map<std::string, std::string> settings_of(const Site& site) {
    return {{"LD_PRELOAD", NIGHTSHIFT_DURABLE_CALLS}, {"CRASH_DIR", site.run_dir().string()}};
}

// The durable calls that strace sees below the run directory, the log of the run left out: it
// tells people, nothing is built on it.
int count_in_strace(const std::string& text, const std::string& run_dir) {
    int count = 0;
    std::istringstream lines(text);
    for (std::string line; std::getline(lines, line);) {
        const auto name_at = line.find_first_not_of(" 0123456789");
        const auto open = line.find('(');
        if (open == std::string::npos || line.find("resumed>") < open) continue;
        const auto name = line.substr(name_at, open - name_at);
        const bool by_name = name.rfind("rename", 0) == 0 || name.rfind("unlink", 0) == 0;
        const auto path_at = line.find("<" + run_dir);
        if (by_name ? line.find(run_dir) != std::string::npos
                    : path_at != std::string::npos &&
                          line.find("/.nightshift/log>", path_at) == std::string::npos) {
            ++count;
        }
    }
    return count;
}

// Counts them by the preloaded library, and holds that against what strace sees of the same run.
int count_calls(const CrashOptions& options) {
    const Site site(options.dir / "count", plan_of(0));
    const auto traced = site.folder() / "strace", noted = site.folder() / "calls";
    std::vector<std::string> strace = {
        "strace",
        "-f",
        "-y",
        "-o",
        traced,
        "-e",
        "trace=write,writev,pwrite64,fsync,fdatasync,ftruncate,fallocate,rename,renameat,"
        "renameat2,unlink,unlinkat"};
    auto settings = settings_of(site);
    settings["CRASH_LOG"] = noted;
    for (const auto& [name, value] : settings) {
        strace.insert(strace.end(), {"-E", name + "=" + value});
    }
    const auto ended = site.start({}, std::move(strace))->wait();
    Findings findings;
    site.judge_end(ended.exit_code, ended.err, findings);
    if (findings.any()) throw std::runtime_error("counting run: " + findings.texts.front());
    int count = 0;
    std::istringstream lines(read_file(noted));
    std::map<std::string, int> kinds;
    for (std::string line; std::getline(lines, line); ++count) ++kinds[line];
    const int seen = count_in_strace(read_file(traced), site.run_dir());
    std::string text;
    for (const auto& [kind, number] : kinds) text += fmt::format(" {}={}", kind, number);
    fmt::print("calls={} strace={}{}\n", count, seen, text);
    if (count != seen) {
        throw std::runtime_error("strace sees durable calls that would not be killed at, see " +
                                 site.folder().string());
    }
    return count;
}

// True when the run was killed there (a later run may take fewer calls than the counted one).
bool kill_at(const CrashOptions& options, int point, Findings& findings, std::string& kept) {
    const Site site(options.dir / ("point-" + std::to_string(point)), plan_of(point));
    auto settings = settings_of(site);
    settings["CRASH_AT"] = std::to_string(point);
    const auto ended = site.start(settings)->wait();
    const bool killed = ended.exit_code == 128 + SIGKILL;
    if (killed) {
        site.judge(false, findings);
    } else {
        site.judge_end(ended.exit_code, ended.err, findings);
    }
    if (!findings.any()) site.finish(findings);
    kept = site.folder();
    if (!findings.any()) std::filesystem::remove_all(site.folder());
    return killed;
}

}  // namespace

int crash_syscalls(const CrashOptions& options) {
    const int calls = count_calls(options);
    std::atomic<int> next{1 + options.offset}, points{0}, missed{0}, failed{0};
    std::mutex printing;
    const auto began = Clock::now();
    auto play = [&] {
        for (int point = 0; (point = next.fetch_add(options.every)) <= calls;) {
            Findings findings;
            std::string kept;
            try {
                ++(kill_at(options, point, findings, kept) ? points : missed);
            } catch (const std::exception& error) {
                findings.add(error.what());
            }
            if (!findings.any()) continue;
            ++failed;
            const std::lock_guard lock(printing);
            fmt::print("point {} failed; crash syscalls --every 100000 --offset {}; kept in {}\n",
                       point, point - 1, kept);
            for (const auto& text : findings.texts) fmt::print("  {}\n", text);
        }
    };
    std::vector<std::thread> players;
    for (int i = 0; i < points_at_a_time; ++i) players.emplace_back(play);
    for (auto& player : players) player.join();
    const double seconds = std::chrono::duration<double>(Clock::now() - began).count();
    fmt::print("points={} failed={} not_reached={} seconds={:.1f}\n", points.load(), failed.load(),
               missed.load(), seconds);
    return failed == 0 ? 0 : 1;
}

}  // namespace nightshift::test
