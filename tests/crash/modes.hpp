// What the program `crash` can do. Each mode prints its findings and one summary line, and returns
// the exit code: 0 when nothing was wrong.

#pragma once

#include <cstdint>
#include <filesystem>

namespace nightshift::test {

struct CrashOptions {
    std::filesystem::path dir;  // where runs lie; failing ones stay there
    std::uint64_t seed = 1;
    int tasks = 24;
    int count = 100;            // kills
    int every = 1, offset = 0;  // syscalls: each so-manyth
    int seconds = 60;           // soak
};

int crash_kills(const CrashOptions& options);
int crash_syscalls(const CrashOptions& options);
int crash_soak(const CrashOptions& options);

}  // namespace nightshift::test
