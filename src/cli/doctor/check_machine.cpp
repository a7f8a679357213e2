// Can the run directory's disk take a night's work, and keep it?
#include "cli/doctor/checks.hpp"

#include "cli/input/fd_budget.hpp"

#include <fmt/format.h>

namespace nightshift::cli {
namespace {

constexpr double slow_sync_ms = 50;                // a commit waits for one or two of these
constexpr std::uint64_t roomy_bytes = 8ull << 30;  // some hundred videos

std::string size_text(std::uint64_t bytes) {
    const auto mib = static_cast<double>(bytes) / (1 << 20);
    return mib < 1024 ? fmt::format("{:.0f} MiB", mib) : fmt::format("{:.1f} GiB", mib / 1024);
}

Finding space_finding(const DiskFacts& facts) {
    const auto found = fmt::format("{} free of {} in {}", size_text(facts.space->free_bytes),
                                   size_text(facts.space->total_bytes), facts.folder);
    if (is_nearly_full(*facts.space)) {
        return Finding::fail(exit_storage, "disk space", found,
                             "make room, or take another disk: a run would stop at once");
    }
    if (facts.space->free_bytes < roomy_bytes) {
        return Finding::warn("disk space", found, "make room if there are videos to come");
    }
    return Finding::ok("disk space", found);
}

Finding sync_finding(const DiskFacts& facts) {
    const auto found = fmt::format("{:.2f} ms to make 4 KiB durable", facts.sync_ms);
    if (facts.sync_ms <= slow_sync_ms) return Finding::ok("fsync", found);
    return Finding::warn("fsync", found, "take a faster disk: tasks wait for it twice each");
}

Finding kind_finding(const DiskFacts& facts) {
    if (!facts.network.empty()) {
        return Finding::warn("file system", facts.folder + " is on " + facts.network,
                             "take a local disk: there the queue is faster");
    }
    if (facts.in_memory) {
        return Finding::warn("file system",
                             facts.folder + " is in memory (" + facts.file_system + ")",
                             "take a disk: what is paid is lost with the power");
    }
    return Finding::ok("file system", facts.file_system.empty() ? "local" : facts.file_system);
}

}  // namespace

std::vector<Finding> check_disk(const DiskFacts& facts) {
    std::vector<Finding> findings;
    if (!facts.problem.empty()) {
        findings.push_back(Finding::fail(exit_storage, "folder", facts.problem,
                                         "take a folder that can be written to"));
    } else {
        findings.push_back(sync_finding(facts));
    }
    if (facts.space) findings.push_back(space_finding(facts));
    findings.push_back(kind_finding(facts));
    return findings;
}

// Are there enough file descriptors for the requests that should be in flight?

Finding check_open_files(const OpenFilesFacts& facts) {
    const auto plan =
        plan_descriptors(facts.limit, facts.in_use, facts.concurrency, facts.loopback);
    const auto words = descriptor_warning(plan, facts.limit, facts.concurrency);
    if (words.empty()) {
        return Finding::ok("open files", fmt::format("{} allowed, enough for {} requests in flight",
                                                     facts.limit, facts.concurrency));
    }
    const auto advice = advice_in(words, "raise the hard limit");
    return Finding::warn("open files", advice.what, advice.what_to_do);
}

// Are the libraries that are loaded those that the program counts on?

namespace {

constexpr int sqlite_min = 3040000;
constexpr unsigned libcurl_min = 0x075800;

// https://www.sqlite.org/wal.html#walresetbug: a race of two connections that write. Mended in
// 3.51.3, and in 3.50.7 and 3.44.6 for those lines.
bool has_wal_reset_bug(int number) {
    if (number >= 3051003) return false;
    const int line = number / 1000;
    if (line == 3050) return number < 3050007;
    return line != 3044 || number < 3044006;
}

}  // namespace

Finding check_sqlite(const SqliteLibrary& library) {
    if (library.number < sqlite_min) {
        return Finding::fail(exit_storage, "SQLite", library.version + " is loaded",
                             "install 3.40 or later");
    }
    const auto* note = has_wal_reset_bug(library.number)
                           ? " (has the WAL-reset bug, which takes two writers: here is one)"
                           : "";
    return Finding::ok("SQLite", library.version + note);
}

Finding check_libcurl(const http::Library& library) {
    const auto words =
        fmt::format("{} with {}", library.version, library.tls.empty() ? "no TLS" : library.tls);
    if (library.number < libcurl_min || library.tls.empty()) {
        return Finding::fail(exit_misconfigured, "libcurl", words,
                             "install 7.88 or later, with TLS");
    }
    if (!library.async_dns) {
        return Finding::warn("libcurl", words + ", whose name lookups hold up everything",
                             "install one with asynchronous name lookups");
    }
    if (!library.http2) {
        return Finding::warn("libcurl", words + ", without HTTP/2",
                             "install one with HTTP/2: polls share connections then");
    }
    return Finding::ok("libcurl", words + ", HTTP/2");
}

}  // namespace nightshift::cli
