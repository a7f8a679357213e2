// Row 91: signals.

#include "tests/faults/local.hpp"

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include <chrono>
#include <csignal>
#include <fstream>
#include <sstream>
#include <sys/stat.h>
#include <thread>

using namespace nightshift::test;
using nlohmann::json;

namespace {

// A run of six tasks, the first of which is in flight until the gate opens.
struct HeldRun {
    explicit HeldRun(std::vector<std::string> more = {})
        : server([this](const Seen&) {
              gate.pass();
              return chat_reply();
          }) {
        folder.file("m.jsonl", chat_lines(6));
        std::vector<std::string> arguments = {"run", "m.jsonl", "-j", "1"};
        arguments.insert(arguments.end(), more.begin(), more.end());
        program.emplace(folder.path(), arguments, pointing_at(server.base_url()));
        REQUIRE(gate.wait_for(1));
    }
    ~HeldRun() { gate.open(); }
    // Its own words, as far as they are written.
    bool says(const std::string& words) const {
        return soon([&] { return program->err_so_far().find(words) != std::string::npos; });
    }

    ScratchFolder folder;
    Gate gate;
    ReplayServer server;
    std::optional<Program> program;
};

std::filesystem::path log_of(const HeldRun& held) {
    return held.folder.path() / "m.run/.nightshift/log";
}

bool is_stopped(pid_t pid) {
    const auto stat = read_file("/proc/" + std::to_string(pid) + "/stat");
    return stat.find(") T ") != std::string::npos;
}

}  // namespace

TEST_CASE("fault row 91: SIGINT or SIGTERM once stops in order, and the same command resumes") {
    for (const auto& [number, code] : {std::pair(SIGINT, 130), std::pair(SIGTERM, 143)}) {
        HeldRun held;
        held.program->signal(number);
        CHECK(held.says("stopping: nothing more is sent"));
        held.gate.open();
        const auto ended = held.program->wait();
        CHECK(ended.exit_code == code);
        CHECK(counts_of(held.folder)["succeeded"] == 1);
        CHECK(counts_of(held.folder)["pending"] == 5);
        CHECK(held.server.seen().size() == 1);
        CHECK(run(held.folder.path(), {"run", "-o", "m.run"}, pointing_at(held.server.base_url()))
                  .exit_code == 0);
        CHECK(held.server.seen().size() == 6);
    }
}

TEST_CASE("fault row 91: the second SIGINT ends at once, and the queue is whole") {
    HeldRun held;
    held.program->signal(SIGINT);
    REQUIRE(held.says("stopping"));
    const auto before = std::chrono::steady_clock::now();
    held.program->signal(SIGINT);
    CHECK(held.program->wait().exit_code == 130);
    CHECK(std::chrono::steady_clock::now() - before < std::chrono::seconds(1));
    CHECK(integrity_of(held.folder.path() / "m.run/.nightshift/queue.db") == "ok");
    held.gate.open();
    const auto resumed = run(held.folder.path(), {"run", "-o", "m.run", "--retry-base", "0.01"},
                             pointing_at(held.server.base_url()));
    CHECK(resumed.exit_code == 0);
    CHECK(counts_of(held.folder)["succeeded"] == 6);
}

TEST_CASE("fault row 91: SIGUSR1 prints one line, whatever the progress is") {
    for (const std::string progress : {"plain", "none", "tty"}) {
        CAPTURE(progress);
        HeldRun held({"--progress", progress});
        held.program->signal(SIGUSR1);
        CHECK(held.says("run 0% succeeded=0 failed=0 held=0 running=1"));
        held.gate.open();
        CHECK(held.program->wait().exit_code == 0);
    }
}

TEST_CASE("fault row 91: SIGUSR1 stays data where the progress is data") {
    HeldRun held({"--progress", "json"});
    held.program->signal(SIGUSR1);
    held.gate.open();
    const auto ended = held.program->wait();
    CHECK(ended.exit_code == 0);
    CHECK(ended.err.find("run 0%") == std::string::npos);
    std::istringstream lines(ended.out);
    for (std::string line; std::getline(lines, line);) {
        CHECK(json::parse(line, nullptr, false).is_object());
    }
}

TEST_CASE("fault row 91: SIGHUP goes on in a new log after the old one was moved away") {
    HeldRun held;
    const auto log = log_of(held);
    REQUIRE(soon([&] { return read_file(log).find("run of") != std::string::npos; }));
    std::filesystem::rename(log, log.string() + ".moved");
    held.program->signal(SIGHUP);
    CHECK(soon([&] { return std::filesystem::exists(log); }));
    held.gate.open();
    const auto ended = held.program->wait();
    CHECK(ended.exit_code == 0);
    CHECK(read_file(log).find("succeeded t5") != std::string::npos);
    CHECK(read_file(log.string() + ".moved").find("succeeded") == std::string::npos);
}

TEST_CASE("fault row 91: a run that was stopped by the terminal goes on where it was") {
    HeldRun held;
    held.program->signal(SIGTSTP);
    REQUIRE(soon([&] { return is_stopped(held.program->pid()); }));
    held.gate.open();
    CHECK(counts_of(held.folder)["succeeded"] == 0);
    held.program->signal(SIGCONT);
    CHECK(held.program->wait().exit_code == 0);
    CHECK(held.server.seen().size() == 6);
}

TEST_CASE("fault row 91: SIGHUP and SIGUSR1 while the manifest is loaded do no harm") {
    const ScratchFolder folder;
    ReplayServer server([](const Seen&) { return chat_reply(); });
    const auto pipe = (folder.path() / "m.jsonl").string();
    REQUIRE(mkfifo(pipe.c_str(), 0600) == 0);
    Program program(folder.path(), {"run", "/dev/stdin", "-o", "m.run"},
                    pointing_at(server.base_url()),
                    {"/bin/sh", "-c", "exec \"$0\" \"$@\" <m.jsonl"});
    std::ofstream lines(pipe);  // returns when it was opened for reading
    REQUIRE(
        soon([&] { return std::filesystem::exists(folder.path() / "m.run/.nightshift/lock"); }));
    program.signal(SIGHUP);
    program.signal(SIGUSR1);
    lines << chat_lines(2);
    lines.close();
    CHECK(program.wait().exit_code == 0);
}

TEST_CASE("fault row 99: replies that came while the process was stopped count") {
    const ScratchFolder folder;
    folder.file("m.jsonl", R"({"id":"v","model":"happyhorse-1.0-t2v","prompt":"a foal"})");
    Gate gate;
    ReplayServer server([&](const Seen& seen) {
        if (seen.method == "POST") gate.pass();
        return Canned{200,
                      {{"Content-Type", "application/json"}},
                      R"({"id":"task_1","status":"failed","error":{"message":"too dark"}})"};
    });
    Program program(folder.path(),
                    {"run", "m.jsonl", "--timeout", "videos=1", "--poll-interval", "0.05"},
                    pointing_at(server.base_url()));
    REQUIRE(gate.wait_for(1));
    program.signal(SIGSTOP);
    REQUIRE(soon([&] { return is_stopped(program.pid()); }));
    gate.open();
    // The pause is what is tested: longer than the time-out, and than a busy machine is late.
    std::this_thread::sleep_for(std::chrono::seconds(4));
    program.signal(SIGCONT);
    const auto ended = program.wait();
    CAPTURE(ended.err);
    CHECK(ended.exit_code == 1);  // polled, and failed there; not held
    CHECK(ended.err.find("too dark") != std::string::npos);
}
