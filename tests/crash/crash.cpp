// crash: kills nightshift at every moment there is, starts it again, and lets the oracle judge what
// is left against the gateway's books.

#include "tests/crash/modes.hpp"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <cstdio>
#include <cstdlib>

using namespace nightshift::test;

namespace {

namespace fs = std::filesystem;

// A folder of its own below `parent`; removed afterwards when nothing failed in it.
fs::path make_folder(const fs::path& parent) {
    auto pattern = (parent / "nightshift-crash-XXXXXX").string();
    if (mkdtemp(pattern.data()) == nullptr) {
        throw std::runtime_error(parent.string() + " takes no folder");
    }
    return pattern;
}

}  // namespace

int main(int argc, char** argv) {
    CLI::App app("Kills nightshift and judges what it left against the gateway's books.");
    app.require_subcommand(1);
    CrashOptions options;
    std::string parent = fs::temp_directory_path();
    app.add_option("--dir", parent, "where runs lie (the system's temporary folder)");
    auto& kills = *app.add_subcommand("kills", "SIGKILL at random moments of mixed runs");
    kills.add_option("--count", options.count, "kills (100)")->check(CLI::PositiveNumber);
    kills.add_option("--seed", options.seed, "same seed, same tasks and delays (1)");
    kills.add_option("--tasks", options.tasks, "tasks of each run (24)")
        ->check(CLI::PositiveNumber);
    auto& calls = *app.add_subcommand("syscalls", "SIGKILL at each durable system call of a run");
    calls.add_option("--every", options.every, "only each K-th of them (1)")
        ->check(CLI::PositiveNumber);
    calls.add_option("--offset", options.offset, "the first of them, from 0 (0)")
        ->check(CLI::NonNegativeNumber);
    auto& soak = *app.add_subcommand("soak", "one long run; memory and descriptors must stay flat");
    soak.add_option("--seconds", options.seconds, "how long (60)")->check(CLI::Range(8, 100'000));
    CLI11_PARSE(app, argc, argv);
    try {
        options.dir = make_folder(parent);
        const int code = kills.parsed()   ? crash_kills(options)
                         : calls.parsed() ? crash_syscalls(options)
                                          : crash_soak(options);
        if (code == 0) fs::remove_all(options.dir);
        return code;
    } catch (const std::exception& error) {
        fmt::print(stderr, "crash: {}\n", error.what());
        return 2;
    }
}
