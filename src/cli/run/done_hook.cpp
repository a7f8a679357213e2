#include "cli/run/done_hook.hpp"

#include "screen/terminal.hpp"

#include <fmt/format.h>

#include <array>
#include <cctype>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <spawn.h>
#include <string_view>
#include <sys/wait.h>
#include <unistd.h>
#include <vector>

namespace nightshift::cli {
namespace {

bool is_key(std::string_view entry) {
    return entry.starts_with("NIGHTSHIFT_API_KEY=") || entry.starts_with("OPENAI_API_KEY=");
}

std::vector<std::string> environment_of(const screen::Summary& summary) {
    std::vector<std::string> entries;
    for (char** entry = environ; entry != nullptr && *entry != nullptr; ++entry) {
        if (!is_key(*entry)) entries.emplace_back(*entry);
    }
    for (const auto& [name, value] : done_environment(summary))
        entries.push_back(name + "=" + value);
    return entries;
}

// Starts it; an error number, or 0.
int start(const std::string& command, std::vector<std::string> entries, pid_t& pid) {
    std::vector<char*> environment;
    for (auto& entry : entries) environment.push_back(entry.data());
    environment.push_back(nullptr);
    posix_spawn_file_actions_t files;
    posix_spawn_file_actions_init(&files);
    posix_spawn_file_actions_adddup2(&files, STDERR_FILENO, STDOUT_FILENO);  // stdout is data
    posix_spawnattr_t attributes;
    posix_spawnattr_init(&attributes);
    sigset_t ignored;  // by a run, not by what it starts
    sigemptyset(&ignored);
    for (const int signal : {SIGPIPE, SIGHUP, SIGUSR1}) sigaddset(&ignored, signal);
    posix_spawnattr_setsigdefault(&attributes, &ignored);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGDEF);
    std::string shell = "sh", option = "-c", text = command;
    std::array<char*, 4> words = {shell.data(), option.data(), text.data(), nullptr};
    const int error =
        posix_spawn(&pid, "/bin/sh", &files, &attributes, words.data(), environment.data());
    posix_spawnattr_destroy(&attributes);
    posix_spawn_file_actions_destroy(&files);
    return error;
}

}  // namespace

std::map<std::string, std::string> done_environment(const screen::Summary& summary) {
    const std::string prefix = "NIGHTSHIFT_DONE_";
    std::map<std::string, std::string> values = {
        {prefix + "DIR", summary.dir},
        {prefix + "EXIT_CODE", std::to_string(summary.exit_code)},
        {prefix + "SECONDS", fmt::format("{:.0f}", summary.seconds)},
        {prefix + "COST", summary.cost ? fmt::format("{}", *summary.cost) : ""}};
    for (const auto state : all_states) {
        auto name = prefix;
        for (const char c : name_of(state)) name += static_cast<char>(std::toupper(c));
        const auto found = summary.counts.find(state);
        values[name] = std::to_string(found == summary.counts.end() ? 0 : found->second);
    }
    return values;
}

void run_done_hook(const std::string& command, const screen::Summary& summary) {
    pid_t pid = -1;
    const int error = start(command, environment_of(summary), pid);
    if (error != 0) {
        screen::say(stderr, fmt::format("--on-done: sh: {}\n", std::strerror(error)));
        return;
    }
    int status = 0;
    while (waitpid(pid, &status, 0) < 0 && errno == EINTR) {
    }
    if (WIFEXITED(status) && WEXITSTATUS(status) == 0) return;
    screen::say(stderr, WIFSIGNALED(status)
                            ? fmt::format("--on-done was ended by signal {}\n", WTERMSIG(status))
                            : fmt::format("--on-done ended with {}\n", WEXITSTATUS(status)));
}

}  // namespace nightshift::cli
