// What a run may do to folders and files: those that it made, and nothing else.

#include "tests/faults/local.hpp"

#include <doctest/doctest.h>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <fstream>
#include <memory>
#include <vector>

using namespace nightshift;
using namespace nightshift::test;

namespace {

namespace fs = std::filesystem;

std::string text_of(const fs::path& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
}

unsigned mode_of(const fs::path& path) {
    struct stat facts {};
    REQUIRE(lstat(path.c_str(), &facts) == 0);
    return facts.st_mode & 07777;
}

std::size_t lines_in(const fs::path& path) {
    const auto text = text_of(path);
    return static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n'));
}

// A run that has sent its first request, of which it waits for the reply.
struct RunUnderWay {
    explicit RunUnderWay(int tasks)
        : server([this](const Seen&) {
              gate.pass();
              return chat_reply();
          }) {
        folder.file("m.jsonl", chat_lines(tasks));
        program =
            std::make_unique<Program>(folder.path(), arguments, pointing_at(server.base_url()));
        REQUIRE(gate.wait_for(1));
    }

    const std::vector<std::string> arguments = {"run", "m.jsonl",      "-j",
                                                "1",   "--retry-base", "0.01"};
    ScratchFolder folder;
    Gate gate;
    ReplayServer server;
    std::unique_ptr<Program> program;
    fs::path dir() const { return folder.path() / "m.run"; }
};

}  // namespace

TEST_CASE("fault row 93: a start that comes to nothing removes only what it made") {
    const ScratchFolder folder;
    folder.file("bad.jsonl", chat_lines(2) + "{bad\n");
    fs::create_directories(folder.path() / "data");
    folder.file("data/thesis.txt", "years of work");
    fs::create_symlink("nowhere", folder.path() / "link");
    const auto environment = pointing_at("http://127.0.0.1:9");
    const auto start = [&](const std::string& dir) {
        const auto ended = run(folder.path(), {"run", "bad.jsonl", "-o", dir}, environment);
        CAPTURE(dir);
        CAPTURE(ended.err);
        CHECK(ended.exit_code == 2);
    };

    start("runs/../data");
    CHECK(text_of(folder.path() / "data/thesis.txt") == "years of work");
    CHECK_FALSE(fs::exists(folder.path() / "runs"));
    CHECK_FALSE(fs::exists(folder.path() / "data/.nightshift"));
    start("link");
    CHECK(fs::is_symlink(folder.path() / "link"));
    start("new/deep.run");
    CHECK_FALSE(fs::exists(folder.path() / "new"));
    fs::create_directories(folder.path() / "old.run/outputs");
    start("old.run");
    CHECK(fs::is_directory(folder.path() / "old.run/outputs"));
}

TEST_CASE("fault row 93: what is saved into a new folder while it is loaded stays") {
    const ScratchFolder folder;
    const auto fifo = folder.path() / "fifo";
    REQUIRE(mkfifo(fifo.c_str(), 0600) == 0);
    Program program(folder.path(), {"run", "-", "-o", "new.run"}, pointing_at("http://127.0.0.1:9"),
                    {"/bin/sh", "-c", "exec \"$@\" <fifo", "sh"});
    const int writer = open(fifo.c_str(), O_WRONLY);
    REQUIRE(soon([&] { return fs::exists(folder.path() / "new.run/.nightshift/lock"); }));
    folder.file("new.run/notes.txt", "mine");
    const std::string line = "{bad\n";
    CHECK(write(writer, line.data(), line.size()) == static_cast<ssize_t>(line.size()));
    close(writer);
    CHECK(program.wait().exit_code == 2);
    CHECK(text_of(folder.path() / "new.run/notes.txt") == "mine");
    CHECK_FALSE(fs::exists(folder.path() / "new.run/.nightshift"));
}

TEST_CASE("fault row 94: of three starts at once on a new folder one runs, 200 times") {
    const ScratchFolder folder;
    folder.file("m.jsonl", chat_lines(4));
    ReplayServer server([](const Seen&) { return chat_reply(); });
    const auto environment = pointing_at(server.base_url());
    std::size_t posts = 0;
    for (int round = 0; round < 200; ++round) {
        const auto dir = fmt::format("{}.run", round);
        std::vector<std::unique_ptr<Program>> starts;
        for (int i = 0; i < 3; ++i) {
            starts.push_back(std::make_unique<Program>(
                folder.path(),
                std::vector<std::string>{"run", "m.jsonl", "-o", dir, "--progress", "none"},
                environment));
        }
        int good = 0;
        for (auto& start : starts) {
            const auto ended = start->wait();
            CAPTURE(ended.err);
            const bool expected = ended.exit_code == 0 || ended.exit_code == 8;
            REQUIRE(expected);
            good += ended.exit_code == 0 ? 1 : 0;
        }
        // One that came when the first had ended found everything done.
        REQUIRE(good >= 1);
        posts += 4;
        REQUIRE(server.seen().size() == posts);
        REQUIRE(lines_in(folder.path() / dir / "ledger.jsonl") == 4);
    }
}

TEST_CASE("fault row 94: a lock on what no longer has the name keeps nobody out") {
    RunUnderWay run_under_way(6);
    const auto hidden = run_under_way.dir() / ".nightshift";
    // Deleted by hand: the folder itself is locked, too.
    fs::remove(hidden / "lock");
    const auto second = run(run_under_way.folder.path(), run_under_way.arguments,
                            pointing_at(run_under_way.server.base_url()));
    CHECK(second.exit_code == 8);
    run_under_way.gate.open();
    const auto first = run_under_way.program->wait();
    CAPTURE(first.err);
    CHECK(first.exit_code == 7);
    CHECK(run_under_way.server.seen().size() <= 2);
}

TEST_CASE("fault row 94: who looks whether a folder is in use never makes a run fail") {
    const ScratchFolder folder;
    folder.file("m.jsonl", chat_lines(1));
    ReplayServer server([](const Seen&) { return chat_reply(); });
    const auto environment = pointing_at(server.base_url());
    REQUIRE(run(folder.path(), {"run", "m.jsonl"}, environment).exit_code == 0);
    folder.file("m.jsonl", chat_lines(60));
    Program program(folder.path(), {"run", "m.jsonl", "-j", "1"}, environment);
    while (!program.ends_within(std::chrono::microseconds(0))) {
        CHECK(run(folder.path(), {"status", "m.run"}, environment).exit_code == 0);
    }
    CHECK(program.wait().exit_code == 0);
}

TEST_CASE("fault row 95: a run whose ground is removed or replaced stops and pays no more") {
    const auto stops = [](const char* what, const std::function<void(const fs::path&)>& remove) {
        CAPTURE(what);
        RunUnderWay run(40);
        remove(run.dir());
        run.gate.open();
        const auto ended = run.program->wait();
        CAPTURE(ended.err);
        CHECK(ended.exit_code == 7);
        CHECK(ended.err.find("while the run used it") != std::string::npos);
        CHECK(run.server.seen().size() <= 3);
    };
    stops("the run directory", [](const fs::path& dir) { fs::remove_all(dir); });
    stops("moved away", [](const fs::path& dir) { fs::rename(dir, dir.string() + ".away"); });
    stops("the hidden folder", [](const fs::path& dir) { fs::remove_all(dir / ".nightshift"); });
    stops("the queue", [](const fs::path& dir) { fs::remove(dir / ".nightshift/queue.db"); });
    stops("its log", [](const fs::path& dir) { fs::remove(dir / ".nightshift/queue.db-wal"); });
    stops("the ledger", [](const fs::path& dir) { fs::remove(dir / "ledger.jsonl"); });
    stops("another ledger", [](const fs::path& dir) {
        std::ofstream(dir / "new") << "x\n";
        fs::rename(dir / "new", dir / "ledger.jsonl");
    });
}

TEST_CASE("fault row 95: a run that only waits notices it, too") {
    const ScratchFolder folder;
    folder.file("m.jsonl", R"({"id":"v","model":"happyhorse-1.0-t2v","prompt":"a foal"})");
    ReplayServer server([](const Seen& seen) {
        const bool polled = seen.method == "GET";
        return Canned{200,
                      {{"Content-Type", "application/json"}},
                      polled ? R"({"id":"task_1","status":"in_progress"})"
                             : R"({"id":"task_1","status":"queued"})"};
    });
    Program program(folder.path(), {"run", "m.jsonl", "--poll-interval", "600"},
                    pointing_at(server.base_url()));
    REQUIRE(soon([&] { return server.seen().size() == 1; }));
    REQUIRE(soon([&] {
        return run(folder.path(), {"show", "m.run", "v"}).out.find("task_1") != std::string::npos;
    }));
    fs::remove_all(folder.path() / "m.run");
    CHECK(program.wait().exit_code == 7);
}

TEST_CASE("fault row 96: links and files of others are left as they are") {
    const ScratchFolder folder;
    folder.file("m.jsonl", chat_lines(2));
    ReplayServer server([](const Seen&) { return chat_reply(); });
    const auto environment = pointing_at(server.base_url());
    const auto start = [&](const std::string& dir, int code) {
        const auto ended =
            run(folder.path(), {"run", "m.jsonl", "-o", dir, "--progress", "none"}, environment);
        CAPTURE(dir);
        CAPTURE(ended.err);
        CHECK(ended.exit_code == code);
        return ended;
    };
    fs::create_directories(folder.path() / "victim");
    fs::permissions(folder.path() / "victim", fs::perms(0755));

    SUBCASE("a hidden folder that is a link") {
        fs::create_directories(folder.path() / "d.run");
        fs::create_directory_symlink("../victim", folder.path() / "d.run/.nightshift");
        start("d.run", 7);
        CHECK(mode_of(folder.path() / "victim") == 0755);
        CHECK(fs::is_empty(folder.path() / "victim"));
    }
    SUBCASE("a part of it that is a link") {
        fs::create_directories(folder.path() / "d.run/.nightshift");
        fs::create_directory_symlink("../../victim", folder.path() / "d.run/.nightshift/replies");
        start("d.run", 7);
        CHECK(mode_of(folder.path() / "victim") == 0755);
        CHECK(fs::is_empty(folder.path() / "victim"));
    }
    SUBCASE("a lock that is another file by a second name") {
        folder.file("victim/paper", "mine");
        fs::create_directories(folder.path() / "d.run/.nightshift");
        fs::create_hard_link(folder.path() / "victim/paper",
                             folder.path() / "d.run/.nightshift/lock");
        start("d.run", 7);
        CHECK(text_of(folder.path() / "victim/paper") == "mine");
    }
    SUBCASE("a ledger of another program") {
        fs::create_directories(folder.path() / "d.run");
        folder.file("d.run/ledger.jsonl", "{\"account\":1}\n");
        CHECK(start("d.run", 2).err.find("ledger.jsonl") != std::string::npos);
        CHECK(text_of(folder.path() / "d.run/ledger.jsonl") == "{\"account\":1}\n");
    }
    SUBCASE("a ledger of another program beside a queue") {
        REQUIRE(start("d.run", 0).exit_code == 0);
        folder.file("victim/paper", "mine");
        fs::remove(folder.path() / "d.run/ledger.jsonl");
        fs::create_hard_link(folder.path() / "victim/paper", folder.path() / "d.run/ledger.jsonl");
        CHECK(start("d.run", 2).err.find("verify d.run --repair") != std::string::npos);
        CHECK(text_of(folder.path() / "victim/paper") == "mine");
        CHECK(run(folder.path(), {"verify", "d.run", "--repair"}, environment).exit_code == 0);
        CHECK(text_of(folder.path() / "victim/paper") == "mine");
        CHECK(lines_in(folder.path() / "d.run/ledger.jsonl") == 2);
    }
    SUBCASE("what lies where the metrics and the live file are written first") {
        folder.file("victim/paper", "mine");
        fs::create_symlink("paper", folder.path() / "victim/met.part");
        const auto ended =
            run(folder.path(), {"run", "m.jsonl", "-o", "d.run", "--metrics-file", "victim/met"},
                environment);
        CHECK(ended.exit_code == 0);
        CHECK(text_of(folder.path() / "victim/paper") == "mine");
        CHECK(text_of(folder.path() / "victim/met").find("nightshift_") != std::string::npos);
    }
    SUBCASE("the mode of a log that is there") {
        folder.file("victim/log", "");
        fs::permissions(folder.path() / "victim/log", fs::perms(0640));
        run(folder.path(), {"run", "m.jsonl", "-o", "d.run", "--log-file", "victim/log"},
            environment);
        CHECK(mode_of(folder.path() / "victim/log") == 0640);
    }
}

TEST_CASE("fault row 96: a ledger is its owner's, unless a mode is asked for") {
    const ScratchFolder folder;
    folder.file("m.jsonl", chat_lines(1));
    ReplayServer server([](const Seen&) { return chat_reply(); });
    const auto environment = pointing_at(server.base_url());
    const auto ledger = folder.path() / "m.run/ledger.jsonl";
    REQUIRE(run(folder.path(), {"run", "m.jsonl"}, environment).exit_code == 0);
    CHECK(mode_of(ledger) == 0600);
    fs::permissions(ledger, fs::perms(0644));
    folder.file("m.jsonl", chat_lines(2));
    REQUIRE(run(folder.path(), {"run", "m.jsonl"}, environment).exit_code == 0);
    CHECK(mode_of(ledger) == 0644);
    REQUIRE(
        run(folder.path(), {"run", "m.jsonl", "-o", "n.run", "--ledger-mode", "640"}, environment)
            .exit_code == 0);
    CHECK(mode_of(folder.path() / "n.run/ledger.jsonl") == 0640);
    for (const auto* wrong : {"0", "777", "68", "rw", "0444", ""}) {
        CAPTURE(wrong);
        CHECK(run(folder.path(), {"run", "m.jsonl", "-o", "o.run", "--ledger-mode", wrong},
                  environment)
                  .exit_code == 2);
    }
}

TEST_CASE("fault row 97: a run directory of another user is not run") {
    if (geteuid() != 0) return;  // it takes root to make one
    const ScratchFolder folder;
    folder.file("m.jsonl", chat_lines(1));
    fs::permissions(folder.path(), fs::perms(0755));
    fs::permissions(folder.path() / "m.jsonl", fs::perms(0644));
    ReplayServer server([](const Seen&) { return chat_reply(); });
    const auto environment = pointing_at(server.base_url());
    const std::vector<std::string> other = {"/usr/bin/setpriv", "--reuid=65534", "--clear-groups"};
    fs::create_directories(folder.path() / "open.run");
    fs::permissions(folder.path() / "open.run", fs::perms::all);
    for (const auto* command : {"run", "retry", "cancel"}) {
        CAPTURE(command);
        auto words = std::vector<std::string>{command, "open.run", "--yes"};
        if (std::string(command) == "run") words = {"run", "m.jsonl", "-o", "open.run"};
        if (std::string(command) == "retry") words.push_back("--failed");
        const auto ended = run(folder.path(), words, environment, other);
        CAPTURE(ended.err);
        CHECK(ended.exit_code == 2);
    }
    CHECK(server.seen().empty());
    // Root may, and is warned.
    REQUIRE(chown((folder.path() / "open.run").c_str(), 65534, 65534) == 0);
    const auto root = run(folder.path(), {"run", "m.jsonl", "-o", "open.run"}, environment);
    CHECK(root.exit_code == 0);
    CHECK(root.err.find("belongs to nobody") != std::string::npos);
}

TEST_CASE("fault row 98: a copy of a run directory asks before it pays again") {
    const ScratchFolder folder;
    folder.file("m.jsonl", chat_lines(3));
    ReplayServer server([](const Seen&) { return chat_reply(); });
    const auto environment = pointing_at(server.base_url());
    const auto go = [&](std::vector<std::string> words) {
        words.insert(words.begin(), "run");
        return run(folder.path(), words, environment);
    };
    REQUIRE(go({"m.jsonl", "--limit", "1"}).exit_code == 0);
    fs::copy(folder.path() / "m.run", folder.path() / "copy.run", fs::copy_options::recursive);

    const auto refused = go({"-o", "copy.run"});
    CHECK(refused.exit_code == 2);
    CHECK(refused.err.find("--adopt") != std::string::npos);
    CHECK(go({"m.jsonl", "-o", "copy.run"}).exit_code == 2);
    CHECK(server.seen().size() == 1);

    fs::create_directories(folder.path() / "elsewhere");
    fs::rename(folder.path() / "m.run", folder.path() / "elsewhere/moved.run");
    CHECK(go({"-o", "elsewhere/moved.run"}).exit_code == 0);
    CHECK(go({"-o", "copy.run", "--adopt"}).exit_code == 0);
    CHECK(go({"-o", "copy.run"}).exit_code == 0);
    CHECK(server.seen().size() == 5);

    // Where nothing is left to be paid, there is nothing to ask.
    fs::copy(folder.path() / "copy.run", folder.path() / "done.run", fs::copy_options::recursive);
    CHECK(go({"-o", "done.run"}).exit_code == 0);
}
