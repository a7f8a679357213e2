// The reference of the row of big answers: one file written and fsynced under COUNT names, one
// after the other. No network, no base64, no queue.
//
//   write_images FILE FOLDER COUNT

#include "tests/bench/usage.hpp"

#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <string>

#include <fcntl.h>
#include <unistd.h>

namespace {

bool write_durably(const std::string& path, const std::string& bytes) {
    const int fd = open(path.c_str(), O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0600);
    if (fd < 0) return false;
    std::size_t done = 0;
    while (done < bytes.size()) {
        const auto wrote = write(fd, bytes.data() + done, bytes.size() - done);
        if (wrote <= 0) break;
        done += static_cast<std::size_t>(wrote);
    }
    const bool synced = done == bytes.size() && fsync(fd) == 0;
    return close(fd) == 0 && synced;
}

}  // namespace

int main(int argc, char** argv) {
    using namespace nightshift::bench;
    if (argc != 4) {
        std::fputs("usage: write_images FILE FOLDER COUNT\n", stderr);
        return 2;
    }
    std::ifstream file(argv[1], std::ios::binary);
    const std::string bytes((std::istreambuf_iterator<char>(file)), {});
    const auto count = std::atoll(argv[3]);
    const Stopwatch watch;
    for (std::int64_t i = 0; i < count; ++i) {
        const auto path = fmt::format("{}/{}.png", argv[2], i);
        if (write_durably(path, bytes)) continue;
        std::perror(path.c_str());
        return 1;
    }
    print_usage(count, watch.elapsed_s());
    return 0;
}
