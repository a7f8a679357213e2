// Runs a command and writes what it cost to a file, as print_usage does. Its peak memory is its
// own: Linux counts that of a forking parent to the child until it execs, so the parent must be
// small.
//
//   usage_of FILE COMMAND [ARGUMENT...]
//
// Ends as the command ended; 128 + n when signal n ended it.

#include "tests/bench/usage.hpp"

#include <cstdio>

#include <sys/wait.h>
#include <unistd.h>

int main(int argc, char** argv) {
    using namespace nightshift::bench;
    if (argc < 3) {
        std::fputs("usage: usage_of FILE COMMAND [ARGUMENT...]\n", stderr);
        return 2;
    }
    const Stopwatch watch;
    const auto child = fork();
    if (child == 0) {
        execvp(argv[2], argv + 2);
        std::perror(argv[2]);
        _exit(127);
    }
    int status = 0;
    rusage usage{};
    if (child < 0 || wait4(child, &status, 0, &usage) != child) {
        std::perror("usage_of");
        return 1;
    }
    const auto seconds = watch.elapsed_s();
    auto* file = std::fopen(argv[1], "we");
    if (file == nullptr) {
        std::perror(argv[1]);
        return 1;
    }
    print_usage(file, {.seconds = seconds, .usage = usage});
    std::fclose(file);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}
