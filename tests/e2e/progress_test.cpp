// What a run shows while it runs, on terminals and elsewhere.

#include "tests/e2e/gateway.hpp"

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <chrono>
#include <fcntl.h>
#include <fstream>
#include <pty.h>
#include <sys/stat.h>
#include <thread>
#include <unistd.h>

using namespace nightshift::test;

namespace {

bool holds(const std::string& text, const std::string& part) {
    return text.find(part) != std::string::npos;
}

// What the command shows on a terminal of 80 x 24.
std::string shown_on_terminal(const ScratchFolder& folder, std::vector<std::string> arguments,
                              const std::map<std::string, std::string>& environment) {
    int master = -1, slave = -1;
    char name[128];
    winsize size{};
    size.ws_col = 80;
    size.ws_row = 24;
    REQUIRE(openpty(&master, &slave, name, nullptr, &size) == 0);
    fcntl(master, F_SETFD, FD_CLOEXEC);
    Program program(folder.path(), std::move(arguments), environment,
                    {"/bin/sh", "-c", "exec \"$0\" \"$@\" >" + std::string(name) + " 2>" + name});
    std::string text;
    std::thread reader([&] {
        char part[4096];
        // Ends when the last writer has gone.
        for (ssize_t got = 0; (got = read(master, part, sizeof part)) > 0;) {
            text.append(part, static_cast<std::size_t>(got));
        }
    });
    program.wait();
    close(slave);
    reader.join();
    close(master);
    return text;
}

Canned half_bad(const Seen& request) {
    const bool bad = request.body.find("p1") != std::string::npos;
    return bad ? error_reply(400, "", "invalid_request_error") : chat_reply();
}

// Hands the pipe m.jsonl to the program as its standard input.
const std::vector<std::string> reading_m = {"/bin/sh", "-c", "exec \"$0\" \"$@\" <m.jsonl"};

// Writes lines into a pipe that the program reads, as long as it does not say these words.
void feed_until_said(const Program& program, const std::filesystem::path& pipe,
                     const std::string& words) {
    std::ofstream lines(pipe);
    for (int i = 0; i < 500 && !holds(program.err_so_far(), words); ++i) {
        // More than the reader takes in one piece, so that it gets on while we wait.
        for (int j = 0; j < 1000; ++j) {
            lines << R"({"id":"big-)" << 1000 * i + j << R"(","model":"gpt-5.4","prompt":"p"})"
                  << '\n';
        }
        lines.flush();
        std::this_thread::sleep_for(std::chrono::milliseconds(20));
    }
}

}  // namespace

TEST_CASE("a run says what it does before it has read the manifest") {
    for (const std::string progress : {"tty", "json"}) {
        CAPTURE(progress);
        const ScratchFolder folder;
        REQUIRE(mkfifo((folder.path() / "m.jsonl").c_str(), 0600) == 0);
        Program program(folder.path(), {"run", "m.jsonl", "--sandbox", "--progress", progress});
        bool told = false;
        for (int i = 0; i < 500 && !told; ++i) {
            const auto text = progress == "json" ? program.out_so_far() : program.err_so_far();
            told = holds(text, "loading m.jsonl -> m.sandbox.run");
            std::this_thread::sleep_for(std::chrono::milliseconds(20));
        }
        CHECK(told);
    }
}

TEST_CASE("a manifest that takes its time is said to be loaded, in plain lines, too") {
    const ScratchFolder folder;
    REQUIRE(mkfifo((folder.path() / "m.jsonl").c_str(), 0600) == 0);
    Program program(folder.path(),
                    {"run", "/dev/stdin", "-o", "m.run", "--limit", "0", "--progress", "plain"}, {},
                    reading_m);
    feed_until_said(program, folder.path() / "m.jsonl", " -> m.run: ");
    const auto ended = program.wait();
    CHECK(ended.exit_code == 0);
    CHECK(holds(ended.err, "loading stdin -> m.run: "));
}

TEST_CASE("check says that a manifest takes its time, and nothing of it on stdout") {
    const ScratchFolder folder;
    REQUIRE(mkfifo((folder.path() / "m.jsonl").c_str(), 0600) == 0);
    folder.file("n.jsonl", chat_lines(2));
    Program program(folder.path(), {"check", "/dev/stdin", "n.jsonl"}, {}, reading_m);
    feed_until_said(program, folder.path() / "m.jsonl", "checking stdin and 1 more: ");
    const auto ended = program.wait();
    CHECK(ended.exit_code == 0);
    CHECK(!holds(ended.out, "checking"));
    CHECK(holds(ended.err, "checking stdin and 1 more: "));
    CHECK(run(folder.path(), {"check", "n.jsonl"}).err.empty());
}

TEST_CASE("on a terminal check counts in one line, which is gone when the result is printed") {
    const ScratchFolder folder;
    folder.file("m.jsonl", chat_lines(3));
    const auto text = shown_on_terminal(folder, {"check", "m.jsonl"}, {{"TERM", "xterm"}});
    CAPTURE(text);
    const auto cleared = text.rfind("\r\x1b[K");
    REQUIRE(cleared != std::string::npos);
    CHECK(text.find("checking m.jsonl") < cleared);
    CHECK(text.find("3 tasks, 0 duplicates") != std::string::npos);
    CHECK(text.find("3 tasks, 0 duplicates") > cleared);
}

TEST_CASE("on a terminal the block is drawn in colour, and without where NO_COLOR is set") {
    const ScratchFolder folder;
    folder.file("m.jsonl", chat_lines(3));
    ReplayServer server(half_bad);
    auto environment = pointing_at(server.base_url());
    environment["TERM"] = "xterm";
    const auto coloured = shown_on_terminal(folder, {"run", "m.jsonl"}, environment);
    CAPTURE(coloured);
    CHECK(holds(coloured, "chat_completions  ######"));
    CHECK(holds(coloured, "\x1b[31m"));
    CHECK(!holds(coloured, "\x1b[2J"));
    environment["NO_COLOR"] = "1";
    const auto plain = shown_on_terminal(folder, {"run", "m.jsonl", "-o", "b.run"}, environment);
    CAPTURE(plain);
    CHECK(holds(plain, "chat_completions  ######"));
    CHECK(holds(plain, "\x1b[K"));
    CHECK(plain.find("\x1b[31m") == std::string::npos);
    CHECK(plain.find("\x1b[1m") == std::string::npos);
}

TEST_CASE("a dumb terminal gets plain lines without a control character") {
    const ScratchFolder folder;
    folder.file("m.jsonl", chat_lines(3));
    ReplayServer server(half_bad);
    auto environment = pointing_at(server.base_url());
    environment["TERM"] = "dumb";
    const auto text = shown_on_terminal(folder, {"run", "m.jsonl"}, environment);
    CHECK(holds(text, "failed t1 invalid_request"));
    for (const char c : text) {
        CHECK((static_cast<unsigned char>(c) >= 0x20 || c == '\n' || c == '\r'));
    }
}

TEST_CASE("many failures alike are shown three times and then counted") {
    const ScratchFolder folder;
    folder.file("m.jsonl", chat_lines(12));
    ReplayServer server([](const Seen&) { return error_reply(400, "", "invalid_request_error"); });
    const auto ended = run(folder.path(), {"run", "m.jsonl"}, pointing_at(server.base_url()));
    std::size_t shown = 0;
    for (auto at = ended.err.find(" failed t"); at != std::string::npos;
         at = ended.err.find(" failed t", at + 1)) {
        ++shown;
    }
    CHECK(shown == 3);
    CHECK(holds(ended.err, "(more like it are only counted)"));
}
