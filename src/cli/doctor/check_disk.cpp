// Can the run directory's disk take a night's work, and keep it?

#include "cli/doctor/checks.hpp"

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

}  // namespace nightshift::cli
