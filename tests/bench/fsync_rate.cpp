// The disk's rate of durable appends: 4 KiB, then fdatasync, again and again for a second.
//
//   fsync_rate FOLDER

#include "tests/bench/usage.hpp"

#include <array>
#include <cstdio>
#include <string>

#include <fcntl.h>
#include <unistd.h>

int main(int argc, char** argv) {
    using namespace nightshift::bench;
    if (argc != 2) {
        std::fputs("usage: fsync_rate FOLDER\n", stderr);
        return 2;
    }
    constexpr double duration_s = 1;
    const auto path = std::string(argv[1]) + "/fsync_rate.tmp";
    const int fd = open(path.c_str(), O_CREAT | O_TRUNC | O_WRONLY | O_CLOEXEC, 0600);
    if (fd < 0) {
        std::perror(path.c_str());
        return 1;
    }
    unlink(path.c_str());
    const std::array<char, 4096> block{};
    const Stopwatch watch;
    std::int64_t count = 0;
    while (watch.elapsed_s() < duration_s) {
        if (write(fd, block.data(), block.size()) != static_cast<ssize_t>(block.size()) ||
            fdatasync(fd) != 0) {
            std::perror(path.c_str());
            return 1;
        }
        ++count;
    }
    const auto seconds = watch.elapsed_s();
    close(fd);
    print_usage(count, seconds);
    return 0;
}
