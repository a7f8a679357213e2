// Is everything there that was paid for? `verify` says what is not, and what to do about it.

#include "tests/e2e/gateway.hpp"

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <fstream>
#include <semaphore>

using namespace nightshift::test;
using nlohmann::json;
namespace fs = std::filesystem;

namespace {

// A finished run of three files and a text, against a gateway inside the process.
class FinishedRun {
public:
    FinishedRun() {
        folder_.file("m.jsonl",
                     "{\"id\":\"p\",\"model\":\"gpt-image-2\",\"prompt\":\"p\"}\n"
                     "{\"id\":\"v\",\"model\":\"happyhorse-1.0-t2v\",\"prompt\":\"v\"}\n"
                     "{\"id\":\"s\",\"model\":\"qwen3-tts-flash\",\"prompt\":\"s\","
                     "\"voice\":\"Cherry\"}\n"
                     "{\"id\":\"t\",\"model\":\"gpt-5.4\",\"prompt\":\"t\"}\n");
        REQUIRE(again().exit_code == 0);
    }
    Ended again() const {
        return run(folder_.path(), {"run", "m.jsonl", "--sandbox", "--sandbox-speed", "100"});
    }
    Ended verify(bool repair = false) const {
        std::vector<std::string> words = {"verify", "m.sandbox.run"};
        if (repair) words.emplace_back("--repair");
        return run(folder_.path(), words);
    }
    // The kinds and paths of its problems, as --json tells them.
    std::vector<std::string> problems(int exit_code, const char* repair = "--quiet") const {
        const auto ended = run(folder_.path(), {"verify", "m.sandbox.run", "--json", repair});
        CAPTURE(ended.err);
        CHECK(ended.exit_code == exit_code);
        const auto report = json::parse(ended.out);
        CHECK(report["schema"] == 1);
        CHECK(report["ok"] == (exit_code == 0));
        CHECK(report["files"] == 3);
        CHECK(report["ledger_lines"].get<int>() >= 4);
        std::vector<std::string> found;
        for (const auto& each : report["problems"]) {
            CHECK_FALSE(each["what"].get<std::string>().empty());
            CHECK_FALSE(each["remedy"].get<std::string>().empty());
            found.push_back(each["kind"].get<std::string>() + " " +
                            each["path"].get<std::string>());
        }
        return found;
    }
    fs::path file(const std::string& name) const { return folder_.path() / "m.sandbox.run" / name; }
    const ScratchFolder& folder() const { return folder_; }

private:
    ScratchFolder folder_;
};

using Problems = std::vector<std::string>;

void write(const fs::path& path, const std::string& bytes) {
    std::ofstream(path, std::ios::binary) << bytes;
}

}  // namespace

TEST_CASE("verify: a finished run is well") {
    const FinishedRun finished;
    CHECK(finished.problems(0) == Problems{});
    const auto ended = finished.verify();
    CHECK(ended.exit_code == 0);
    CHECK(ended.out == "");
    CHECK(ended.err.find("all is well") != std::string::npos);
}

TEST_CASE("verify: missing, short, longer, changed and foreign files are named with a remedy") {
    const FinishedRun finished;
    const auto whole = read_file(finished.file("outputs/s.wav"));
    fs::remove(finished.file("outputs/p.png"));
    fs::resize_file(finished.file("outputs/v.mp4"), 100);
    auto changed = whole;
    changed[1000] = static_cast<char>(changed[1000] ^ 1);
    write(finished.file("outputs/s.wav"), changed);
    write(finished.file("outputs/notes.txt"), "mine");
    CHECK(finished.problems(1) ==
          Problems{"file_orphan outputs/notes.txt", "file_missing outputs/p.png",
                   "file_changed outputs/s.wav", "file_short outputs/v.mp4"});
    const auto said = finished.verify().out;
    CHECK(std::count(said.begin(), said.end(), '\n') == 4);
    CHECK(said.find(
              "outputs/p.png: missing; `nightshift retry m.sandbox.run --id p`, then `nightshift "
              "run -o m.sandbox.run` pays for it again\n") != std::string::npos);
    CHECK(said.find("outputs/v.mp4: 100 bytes instead of ") != std::string::npos);
    CHECK(said.find("fetches it again, without paying") != std::string::npos);

    write(finished.file("outputs/s.wav"), whole + "x");
    CHECK(finished.problems(1)[2] == "file_changed outputs/s.wav");
    fs::remove(finished.file("outputs/s.wav"));
    fs::create_symlink("p.png", finished.file("outputs/s.wav"));
    CHECK(finished.problems(1)[2] == "file_changed outputs/s.wav");
}

TEST_CASE("verify: a renamed file is known by its bytes, a link to it is not") {
    const FinishedRun finished;
    fs::create_directory(finished.file("outputs/chosen"));
    fs::rename(finished.file("outputs/p.png"), finished.file("outputs/chosen/封面.png"));
    CHECK(finished.problems(0) == Problems{});
    const auto ended = finished.verify();
    CHECK(ended.exit_code == 0);
    CHECK(ended.err.find("outputs/p.png: whole, now outputs/chosen/封面.png") != std::string::npos);
    const auto report =
        json::parse(run(finished.folder().path(), {"verify", "m.sandbox.run", "--json"}).out);
    CHECK(report["renamed"] ==
          json::array(
              {{{"id", "p"}, {"path", "outputs/p.png"}, {"now", "outputs/chosen/封面.png"}}}));

    fs::create_directory_symlink("chosen", finished.file("outputs/link"));
    fs::rename(finished.file("outputs/chosen"), finished.folder().path() / "elsewhere");
    fs::remove(finished.file("outputs/link"));
    fs::create_directory_symlink(finished.folder().path() / "elsewhere",
                                 finished.file("outputs/chosen"));
    CHECK(finished.problems(1) ==
          Problems{"file_orphan outputs/chosen", "file_missing outputs/p.png"});
}

TEST_CASE("verify: what it advises brings a video back without paying again") {
    const FinishedRun finished;
    const auto books = finished.file(".nightshift/sandbox/books.jsonl");
    const auto paid = read_file(books);
    const auto whole = read_file(finished.file("outputs/v.mp4"));
    fs::remove(finished.file("outputs/v.mp4"));
    CHECK(finished.problems(1) == Problems{"file_missing outputs/v.mp4"});
    const auto retried =
        run(finished.folder().path(), {"retry", "m.sandbox.run", "--id", "v", "--yes"});
    CHECK(retried.exit_code == 0);
    CHECK(finished.again().exit_code == 0);
    CHECK(finished.problems(0) == Problems{});
    CHECK(read_file(finished.file("outputs/v.mp4")) == whole);
    CHECK(read_file(books) == paid);
}

TEST_CASE("verify: a damaged ledger is named, and --repair rebuilds it from the queue") {
    const FinishedRun finished;
    const auto ledger = finished.file("ledger.jsonl");
    const auto whole = read_file(ledger);
    const auto second = whole.find('\n') + 1;
    auto kind = [&] { return finished.problems(1); };
    SUBCASE("torn") {
        fs::resize_file(ledger, whole.size() - 5);
        CHECK(kind() == Problems{"ledger_short ledger.jsonl"});
    }
    SUBCASE("without its last line feed") {
        fs::resize_file(ledger, whole.size() - 1);
        CHECK(kind() == Problems{"ledger_short ledger.jsonl"});
    }
    SUBCASE("gone") {
        fs::remove(ledger);
        CHECK(kind() == Problems{"ledger_short ledger.jsonl"});
    }
    SUBCASE("changed in the middle") {
        auto changed = whole;
        changed[second + 3] = '!';
        write(ledger, changed);
        CHECK(kind() == Problems{"ledger_changed ledger.jsonl"});
        CHECK(finished.verify().out.find("the first is line 2") != std::string::npos);
    }
    SUBCASE("a line twice") {
        write(ledger, whole + whole.substr(0, second));
        CHECK(kind() == Problems{"ledger_long ledger.jsonl"});
    }
    CHECK(finished.problems(0, "--repair") == Problems{});
    CHECK(read_file(ledger) == whole);
    CHECK(finished.problems(0) == Problems{});
    CHECK(finished.again().exit_code == 0);
    CHECK(read_file(ledger) == whole);
}

TEST_CASE("verify --repair: a ledger that knows more than the queue is left as it is") {
    const FinishedRun finished;
    const auto ledger = read_file(finished.file("ledger.jsonl"));
    const auto queue = finished.file(".nightshift/queue.db");
    const auto check_refused = [&](int code) {
        for (const bool repair : {false, true}) {
            const auto ended = finished.verify(repair);
            CHECK(ended.exit_code == code);
            CHECK_FALSE(ended.err.empty());
        }
        CHECK(read_file(finished.file("ledger.jsonl")) == ledger);
    };

    fs::remove(queue);
    CHECK(finished.again().exit_code == 2);  // not a new queue, without what the ledger says
    CHECK_FALSE(fs::exists(queue));
    CHECK(read_file(finished.file("ledger.jsonl")) == ledger);
    check_refused(2);
    write(queue, "");
    check_refused(7);
}

TEST_CASE("verify --repair: damaged files stay a problem, and nothing of them is touched") {
    const FinishedRun finished;
    fs::resize_file(finished.file("outputs/v.mp4"), 100);
    write(finished.file("outputs/notes.txt"), "mine");
    fs::remove(finished.file("ledger.jsonl"));
    CHECK(finished.problems(1, "--repair") ==
          Problems{"file_orphan outputs/notes.txt", "file_short outputs/v.mp4"});
    CHECK(fs::file_size(finished.file("outputs/v.mp4")) == 100);
    CHECK(read_file(finished.file("outputs/notes.txt")) == "mine");
}

TEST_CASE("verify: a file of an earlier answer is no orphan, and need not be whole") {
    const FinishedRun finished;
    REQUIRE(
        run(finished.folder().path(), {"retry", "m.sandbox.run", "--id", "p", "--yes"}).exit_code ==
        0);
    CHECK(finished.problems(0) == Problems{});
    CHECK(finished.again().exit_code == 0);
    CHECK(finished.problems(0) == Problems{});
    CHECK(read_jsonl(finished.file("ledger.jsonl")).size() == 5);
}

TEST_CASE("verify: no run directory is exit 2, a damaged queue 7, a running one 8") {
    const ScratchFolder folder;
    CHECK(run(folder.path(), {"verify", "nowhere"}).exit_code == 2);

    const FinishedRun finished;
    const auto queue = finished.file(".nightshift/queue.db");
    auto bytes = read_file(queue);
    std::fill(bytes.begin() + 4096, bytes.begin() + 20'000, 'x');
    write(queue, bytes);
    const auto damaged = finished.verify();
    CHECK(damaged.exit_code == 7);
    CHECK(damaged.err.find("queue.db") != std::string::npos);

    folder.file("m.jsonl", chat_lines(1));
    std::binary_semaphore asked{0}, answer{0};
    ReplayServer server([&](const Seen&) {
        asked.release();
        answer.acquire();
        return chat_reply();
    });
    Program program(folder.path(), {"run", "m.jsonl"}, pointing_at(server.base_url()));
    asked.acquire();
    for (const bool repair : {false, true}) {
        std::vector<std::string> words = {"verify", "m.run"};
        if (repair) words.emplace_back("--repair");
        const auto refused = run(folder.path(), words);
        CHECK(refused.exit_code == 8);
        CHECK(refused.err.find("pid " + std::to_string(program.pid())) != std::string::npos);
    }
    answer.release();
    CHECK(program.wait().exit_code == 0);
}
