#include "test_paths.hpp"
#include "tests/fakes/program.hpp"

#include <nlohmann/json.hpp>

#include <array>
#include <atomic>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <fcntl.h>
#include <fstream>
#include <poll.h>
#include <sstream>
#include <stdexcept>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

namespace nightshift::test {
namespace {

constexpr int patience_ms = 60'000;

}  // namespace

Program::Program(const std::filesystem::path& folder, std::vector<std::string> arguments,
                 const std::map<std::string, std::string>& environment,
                 std::vector<std::string> wrapper) {
    static std::atomic<int> counter{0};
    const auto stem = std::to_string(counter++);
    out_ = folder / (".out-" + stem);
    err_ = folder / (".err-" + stem);
    std::vector<std::string> settings = {"PATH=/usr/bin:/bin", "HOME=/nonexistent", "TERM=dumb"};
    for (const auto& [name, value] : environment) settings.push_back(name + "=" + value);
    std::vector<char*> argv, envp;
    for (auto& each : wrapper) argv.push_back(each.data());
    argv.push_back(const_cast<char*>(NIGHTSHIFT_BINARY));
    for (auto& each : arguments) argv.push_back(each.data());
    for (auto& each : settings) envp.push_back(each.data());
    argv.push_back(nullptr);
    envp.push_back(nullptr);
    pid_ = fork();
    if (pid_ < 0) throw std::runtime_error("fork failed");
    if (pid_ > 0) return;
    // A group of its own: in an orphaned one (a test run in the background) SIGTSTP does nothing.
    setpgid(0, 0);
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    const int out = open(out_.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
    const int err = open(err_.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
    const int in = open("/dev/null", O_RDONLY);
    if (chdir(folder.c_str()) != 0 || out < 0 || err < 0) _exit(127);
    dup2(in, 0);
    dup2(out, 1);
    dup2(err, 2);
    execvpe(argv[0], argv.data(), envp.data());
    _exit(127);
}

Program::~Program() {
    if (pid_ < 0) return;
    kill(pid_, SIGKILL);
    waitpid(pid_, nullptr, 0);
}

void Program::signal(int number) const {
    kill(pid_, number);
}

std::string Program::err_so_far() const {
    return read_file(err_);
}

std::string Program::out_so_far() const {
    return read_file(out_);
}

bool Program::ends_within(std::chrono::microseconds time) const {
    const int handle = static_cast<int>(syscall(SYS_pidfd_open, pid_, 0));
    pollfd ready{handle, POLLIN, 0};
    const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(time);
    const timespec most{seconds.count(), std::chrono::nanoseconds(time - seconds).count()};
    const bool ended = ppoll(&ready, 1, &most, nullptr) > 0;
    close(handle);
    return ended;
}

Ended Program::wait() {
    const int handle = static_cast<int>(syscall(SYS_pidfd_open, pid_, 0));
    pollfd ready{handle, POLLIN, 0};
    if (poll(&ready, 1, patience_ms) == 0) kill(pid_, SIGKILL);
    close(handle);
    int status = 0;
    waitpid(pid_, &status, 0);
    pid_ = -1;
    Ended ended;
    ended.left_core = WIFSIGNALED(status) && WCOREDUMP(status);
    ended.exit_code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    ended.out = read_file(out_);
    ended.err = read_file(err_);
    return ended;
}

Ended run(const std::filesystem::path& folder, std::vector<std::string> arguments,
          const std::map<std::string, std::string>& environment, std::vector<std::string> wrapper) {
    Program program(folder, std::move(arguments), environment, std::move(wrapper));
    return program.wait();
}

std::vector<nlohmann::json> read_jsonl(const std::filesystem::path& path) {
    std::vector<nlohmann::json> lines;
    std::istringstream text(read_file(path));
    for (std::string line; std::getline(text, line);) lines.push_back(nlohmann::json::parse(line));
    return lines;
}

}  // namespace nightshift::test
