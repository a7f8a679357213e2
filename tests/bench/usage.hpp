// What a reference program prints of itself: wall time and what the kernel counted, as JSON.

#pragma once

#include <fmt/format.h>

#include <chrono>
#include <cstdint>
#include <cstdio>
#include <sys/resource.h>

namespace nightshift::bench {

class Stopwatch {
public:
    double elapsed_s() const {
        return std::chrono::duration<double>(std::chrono::steady_clock::now() - began_).count();
    }

private:
    std::chrono::steady_clock::time_point began_ = std::chrono::steady_clock::now();
};

inline double seconds_of(const timeval& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
}

struct Cost {
    double seconds = 0;
    rusage usage{};
    std::int64_t count = 0;  // of what was done
};

// One line: {"count", "seconds", "cpu_s", "peak_kib"}.
inline void print_usage(std::FILE* file, const Cost& cost) {
    fmt::print(file,
               R"({{"count": {}, "seconds": {:.6f}, "cpu_s": {:.6f}, "peak_kib": {}}})"
               "\n",
               cost.count, cost.seconds,
               seconds_of(cost.usage.ru_utime) + seconds_of(cost.usage.ru_stime),
               cost.usage.ru_maxrss);
}

// The same of this process, to stdout.
inline void print_usage(std::int64_t count, double seconds) {
    rusage usage{};
    getrusage(RUSAGE_SELF, &usage);
    print_usage(stdout, {.seconds = seconds, .usage = usage, .count = count});
}

}  // namespace nightshift::bench
