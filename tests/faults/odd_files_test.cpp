// Rows 104 to 116: what is no file where one should be, a found configuration that would loosen
// what protects money, a run directory that another program has changed.

#include "tests/faults/local.hpp"

#include <doctest/doctest.h>
#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <sqlite3.h>

#include <csignal>
#include <fcntl.h>
#include <fstream>
#include <sys/stat.h>

using namespace nightshift::test;

namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;

void make_pipe(const fs::path& path) {
    REQUIRE(mkfifo(path.c_str(), 0600) == 0);
}

// The command must end by itself: it waits for nothing.
Ended run_soon(const ScratchFolder& folder, std::vector<std::string> words,
               const std::map<std::string, std::string>& environment = {}) {
    Program program(folder.path(), std::move(words), environment);
    CHECK(program.ends_within(20s));
    program.signal(SIGKILL);
    return program.wait();
}

bool is_one_line(const std::string& text) {
    return text.ends_with('\n') && text.find('\n') + 1 == text.size();
}

void change_queue(const ScratchFolder& folder, const std::string& sql) {
    sqlite3* db = nullptr;
    const auto path = folder.path() / "m.run/.nightshift/queue.db";
    REQUIRE(sqlite3_open(path.c_str(), &db) == SQLITE_OK);
    CHECK(sqlite3_exec(db, sql.c_str(), nullptr, nullptr, nullptr) == SQLITE_OK);
    sqlite3_close(db);
}

// A run directory with three texts, done or not, and the gateway that it belongs to.
class MadeRun {
public:
    explicit MadeRun(const ScratchFolder& folder, bool is_done = true) {
        folder.file("m.jsonl", chat_lines(3));
        auto words = std::vector<std::string>{"run", "m.jsonl", "-o", "m.run"};
        if (!is_done) words.insert(words.end(), {"--limit", "0"});
        REQUIRE(run(folder.path(), words, environment()).exit_code == 0);
        posts_before_ = server_.seen().size();
    }
    std::map<std::string, std::string> environment() { return pointing_at(server_.base_url()); }
    std::size_t posts_since() { return server_.seen().size() - posts_before_; }

private:
    ReplayServer server_{[](const Seen&) { return chat_reply(); }};
    std::size_t posts_before_ = 0;
};

}  // namespace

TEST_CASE("fault row 104: with a key in the environment no command leaves a core file") {
    const ScratchFolder folder;
    for (const auto* name : {"NIGHTSHIFT_API_KEY", "OPENAI_API_KEY"}) {
        Program program(folder.path(), {"sandbox", "--listen", "127.0.0.1:0"}, {{name, canary_key}},
                        {"/usr/bin/prlimit", "--core=unlimited"});
        REQUIRE(soon([&] { return program.out_so_far().find("http") != std::string::npos; }));
        program.signal(SIGSEGV);
        const auto ended = program.wait();
        CHECK(ended.exit_code == 128 + SIGSEGV);
        CHECK_FALSE(ended.left_core);
    }
}

TEST_CASE("fault row 105: a configuration that was only found is announced and loosens nothing") {
    const std::vector<std::pair<std::string, std::string>> settings = {
        {"[run]\nmax_attempts = 8\n", "max_attempts"},
        {"[run.resend]\nvideos = \"all\"\n", "resend.videos"},
        {"[run.resend]\nvideo_generations = \"1%\"\n", "resend.video_generations"},
        {"[run.resend]\nimage_generations = \"2%\"\n", "resend.image_generations"},
        {"[run.timeout]\nchat_completions = 0.05\n", "timeout.chat_completions"},
        {"[run]\non_done = \"touch x\"\n", "on_done"},
        {"[price.\"*\"]\nper_task = 0\n", "price.gpt-5.4"},
        {"[price.\"gpt-5.4\"]\nper_image = 1\n", "price.gpt-5.4"}};
    for (const auto& [text, name] : settings) {
        CAPTURE(text);
        const ScratchFolder folder;
        folder.file("m.jsonl", chat_lines(1));
        folder.file("nightshift.toml", text);
        ReplayServer server([](const Seen&) { return chat_reply(); });
        const auto environment = pointing_at(server.base_url());
        for (const std::string command : {"run", "check"}) {
            const auto ended = run(folder.path(), {command, "m.jsonl"}, environment);
            CAPTURE(ended.err);
            CHECK(ended.exit_code == 2);
            CHECK(ended.err.find('"' + name + '"') != std::string::npos);
            CHECK(ended.err.find("--config nightshift.toml") != std::string::npos);
        }
        CHECK(server.seen().empty());
        const bool needs_models = name.starts_with("price");  // known once they are loaded
        if (!needs_models) CHECK_FALSE(fs::exists(folder.path() / "m.run"));
        CHECK(run(folder.path(), {"check", "m.jsonl", "--config", "nightshift.toml"}, environment)
                  .exit_code == 0);
    }
    const ScratchFolder folder;
    folder.file("m.jsonl", chat_lines(1));
    folder.file("nightshift.toml",
                "[run]\nmax_attempts = 2\n[run.resend]\nimage_generations = \"none\"\n"
                "[run.timeout]\nvideos = 30\n[price.\"gpt-*\"]\noutput_per_mtok = 2\n");
    ReplayServer server([](const Seen&) { return chat_reply(); });
    const auto ended = run(folder.path(), {"run", "m.jsonl"}, pointing_at(server.base_url()));
    CHECK(ended.exit_code == 0);
    for (const auto* word : {"nightshift.toml", "max_attempts = 2", "image_generations = none",
                             "videos = 30 s", "price of gpt-*"}) {
        CAPTURE(word);
        CHECK(ended.err.find(word) != std::string::npos);
    }
}

TEST_CASE("fault row 106: a found price is not lower than the one that the run directory knows") {
    const ScratchFolder folder;
    folder.file("m.jsonl", chat_lines(2));
    ReplayServer server([](const Seen&) { return chat_reply(); });
    const auto environment = pointing_at(server.base_url());
    const auto run_at = [&](const std::string& price, std::vector<std::string> more) {
        folder.file("nightshift.toml", "[price.\"gpt-*\"]\noutput_per_mtok = " + price + "\n");
        more.insert(more.begin(), {"run", "m.jsonl", "-o", "m.run", "--limit", "1"});
        return run(folder.path(), more, environment).exit_code;
    };
    CHECK(run_at("10", {}) == 0);
    CHECK(run_at("9", {}) == 2);
    CHECK(server.seen().size() == 1);
    CHECK(run_at("9", {"--config", "nightshift.toml"}) == 0);
}

TEST_CASE("fault row 107: a pipe, a device or a folder that the user names ends with 2 at once") {
    const ScratchFolder folder;
    folder.file("m.jsonl", chat_lines(1));
    folder.file("key", canary_key);
    make_pipe(folder.path() / "pipe");
    fs::create_directory(folder.path() / "folder");
    ReplayServer server([](const Seen&) { return chat_reply(); });
    const auto environment = pointing_at(server.base_url());
    for (const std::string odd : {"pipe", "folder", "/dev/zero"}) {
        CAPTURE(odd);
        for (const auto& words : std::vector<std::vector<std::string>>{
                 {"run", odd, "-o", "x.run"},
                 {"check", odd},
                 {"run", "m.jsonl", "--config", odd},
                 {"check", "m.jsonl", "--config", odd},
                 {"run", "m.jsonl", "--api-key-file", odd},
                 {"models", "--api-key-file", odd},
                 {"sandbox", "--listen", "127.0.0.1:0", "--faults", odd},
                 {"sandbox", "--listen", "127.0.0.1:0", "--limits", odd}}) {
            CAPTURE(words[0] + " " + words[1]);
            const auto ended = run_soon(folder, words, environment);
            CAPTURE(ended.err);
            CHECK(ended.exit_code == 2);
            CHECK(is_one_line(ended.err));
        }
    }
    make_pipe(folder.path() / "nightshift.toml");
    CHECK(run_soon(folder, {"check", "m.jsonl"}).exit_code == 2);
    CHECK(server.seen().empty());
}

TEST_CASE("fault row 107: such files of a sandbox run are found before anything is loaded") {
    const ScratchFolder folder;
    folder.file("m.jsonl", chat_lines(1));
    make_pipe(folder.path() / "pipe");
    fs::create_directory(folder.path() / "folder");
    for (const std::string odd : {"pipe", "folder"}) {
        CAPTURE(odd);
        for (const std::string flag :
             {"--sandbox-faults", "--sandbox-limits", "--metrics-file", "--log-file"}) {
            CAPTURE(flag);
            const auto ended =
                run_soon(folder, {"run", "m.jsonl", "-o", "x.run", "--sandbox", flag, odd});
            CAPTURE(ended.err);
            CHECK(ended.exit_code == 2);
            CHECK(is_one_line(ended.err));
            CHECK(ended.err.find(flag) != std::string::npos);
            CHECK_FALSE(fs::exists(folder.path() / "x.run"));
        }
    }
    CHECK(fs::is_fifo(folder.path() / "pipe"));  // nothing was put in its place
    CHECK(run_soon(folder, {"run", "m.jsonl", "--sandbox", "--log-file", "/dev/null"}).exit_code ==
          0);
}

TEST_CASE("fault row 107: what a shell hands over is read") {
    const ScratchFolder folder;
    folder.file("m.jsonl", chat_lines(2));
    folder.file("key", canary_key);
    ReplayServer server([](const Seen&) { return chat_reply(); });
    const std::string script =
        "cat m.jsonl | \"$0\" \"$@\" run /dev/stdin --api-key-file <(cat key) --config <(echo)";
    const auto ended = run(folder.path(), {}, {{"NIGHTSHIFT_BASE_URL", server.base_url()}},
                           {"/bin/bash", "-c", script});
    CAPTURE(ended.err);
    CHECK(ended.exit_code == 0);
    CHECK(server.seen().size() == 2);
    CHECK(fs::exists(folder.path() / "stdin.run/ledger.jsonl"));
}

TEST_CASE("fault row 108: a pipe that is to be appended does not keep a run alive") {
    const ScratchFolder folder;
    folder.file("m.jsonl", chat_lines(1));
    make_pipe(folder.path() / "pipe");
    Gate gate;
    ReplayServer server([&](const Seen&) {
        gate.pass();
        return chat_reply();
    });
    const auto environment = pointing_at(server.base_url());
    Program runner(folder.path(), {"run", "m.jsonl", "-o", "m.run"}, environment);
    REQUIRE(gate.wait_for(1));
    const auto asked = run_soon(folder, {"run", "pipe", "--append", "-o", "m.run"}, environment);
    CHECK(asked.exit_code == 2);
    CHECK(is_one_line(asked.err));
    gate.open();
    CHECK(runner.ends_within(20s));
    CHECK(runner.wait().exit_code == 0);
}

TEST_CASE("fault row 109: a pipe in a run directory ends with 7, and nothing waits for it") {
    for (const std::string name : {".nightshift/queue.db", "ledger.jsonl", ".nightshift/lock"}) {
        CAPTURE(name);
        const ScratchFolder folder;
        MadeRun made(folder);
        const auto path = folder.path() / "m.run" / name;
        fs::remove(path);
        make_pipe(path);
        const auto environment = made.environment();
        for (const auto& words : std::vector<std::vector<std::string>>{
                 {"status", "m.run"}, {"verify", "m.run"}, {"run", "-o", "m.run"}}) {
            CAPTURE(words[0]);
            const auto ended = run_soon(folder, words, environment);
            CAPTURE(ended.err);
            const bool reads_it = name == ".nightshift/queue.db" || words[0] == "run" ||
                                  (words[0] == "verify" && name == "ledger.jsonl");
            if (reads_it) CHECK(ended.exit_code == 7);
        }
    }
}

TEST_CASE("fault row 110: a view that nightshift did not make keeps no reader busy") {
    const ScratchFolder folder;
    MadeRun made(folder);
    change_queue(folder,
                 "DROP VIEW under_way; CREATE VIEW under_way AS WITH RECURSIVE n(row) AS "
                 "(SELECT 1 UNION ALL SELECT row + 1 FROM n) SELECT row, row AS number, row AS at "
                 "FROM n");
    for (const std::string command : {"status", "verify"}) {
        const auto ended = run_soon(folder, {command, "m.run"});
        CAPTURE(ended.err);
        CHECK(ended.exit_code == 7);
        CHECK(is_one_line(ended.err));
    }
}

TEST_CASE("fault row 111: a queue whose words make no sense ends with 7 and one line") {
    {
        const ScratchFolder folder;
        MadeRun made(folder);
        change_queue(folder, "UPDATE meta SET value = 'junk' WHERE key = 'ledger_bytes'");
        const auto ended = run_soon(folder, {"run", "-o", "m.run"}, made.environment());
        CAPTURE(ended.err);
        CHECK(ended.exit_code == 7);
    }
    for (const std::string line : {"junk", "[1]", R"({"outputs":[1]})", R"({"outputs":7})",
                                   R"({"error":{"kind":7,"message":[]}})"}) {
        CAPTURE(line);
        const ScratchFolder folder;
        MadeRun made(folder);
        change_queue(folder, "UPDATE ledger SET line = '" + line + "'");
        const auto ended = run_soon(folder, {"show", "m.run", "t0"});
        CAPTURE(ended.err);
        CHECK(ended.exit_code == 7);
        CHECK(is_one_line(ended.err));
    }
}

TEST_CASE("fault row 112: names that hold escapes do not reach the terminal as they are") {
    const ScratchFolder folder;
    MadeRun made(folder);
    const std::string odd = "x\x1b]0;title\x07\x1b[2J";
    for (const auto& words :
         std::vector<std::vector<std::string>>{{"status", odd},
                                               {"verify", odd},
                                               {"run", odd},
                                               {"check", odd},
                                               {"run", "m.jsonl", "--config", odd},
                                               {"show", "m.run", odd},
                                               {"run", "-o", odd},
                                               {"run", "m.jsonl", "--only", odd},
                                               {"models", "--api-key-file", odd}}) {
        const auto ended = run(folder.path(), words, pointing_at("http://127.0.0.1:1"));
        CAPTURE(words[0]);
        CHECK(ended.exit_code == 2);
        CHECK((ended.out + ended.err).find('\x1b') == std::string::npos);
    }
    change_queue(folder, "UPDATE lane SET endpoint = char(27) || '[31mred'");
    for (const auto& words :
         std::vector<std::vector<std::string>>{{"status", "m.run"},
                                               {"status", "m.run", "--by", "endpoint"},
                                               {"show", "m.run", "t0"}}) {
        CHECK(run(folder.path(), words).out.find('\x1b') == std::string::npos);
    }
}

TEST_CASE("fault row 113: files of others among the replies are left alone") {
    const ScratchFolder folder;
    MadeRun made(folder, false);
    const auto planted = folder.path() / "m.run/.nightshift/replies/7abc";
    fs::create_directories(planted.parent_path());
    std::ofstream(planted) << "not ours";
    const auto ended = run(folder.path(), {"run", "-o", "m.run"}, made.environment());
    CAPTURE(ended.err);
    CHECK(ended.exit_code == 0);
    CHECK(read_file(planted) == "not ours");
}

TEST_CASE("fault row 114: a queue that lost its bodies does not end as if all were done") {
    const ScratchFolder folder;
    MadeRun made(folder, false);
    change_queue(folder, "DELETE FROM body");
    const auto ended = run(folder.path(), {"run", "-o", "m.run"}, made.environment());
    CAPTURE(ended.err);
    CHECK(ended.exit_code == 7);
    CHECK(ended.err.find("no body") != std::string::npos);
    CHECK(made.posts_since() == 0);
}

TEST_CASE("fault row 115: the sandbox listens on loopback, unless the user says otherwise") {
    const ScratchFolder folder;
    for (const std::string address : {"0.0.0.0:0", "[::]:0", "192.0.2.1:0"}) {
        CAPTURE(address);
        const auto ended = run_soon(folder, {"sandbox", "--listen", address});
        CHECK(ended.exit_code == 2);
        CHECK(ended.err.find("--insecure-listen") != std::string::npos);
    }
    Program open(folder.path(), {"sandbox", "--listen", "0.0.0.0:0", "--insecure-listen"});
    CHECK(soon([&] { return open.out_so_far().find("http") != std::string::npos; }));
}

TEST_CASE("fault row 116: where memory or descriptors run out the end is 7 with one line") {
    const ScratchFolder folder;
    MadeRun made(folder, false);
    const auto environment = made.environment();
    for (const std::string limit : {"--nofile=12", "--nofile=16", "--as=100000000"}) {
        CAPTURE(limit);
        const auto ended = run(folder.path(), {"run", "-o", "m.run", "--max-duration", "1"},
                               environment, {"/usr/bin/prlimit", limit});
        CAPTURE(ended.err);
        const bool is_enough = ended.exit_code == 0;
        CHECK((is_enough || ended.exit_code == 7));
        if (!is_enough) CHECK(ended.err.find("nightshift: ") != std::string::npos);
    }
}
