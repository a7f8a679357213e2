// The judge is judged: made-up remains, one thing wrong in each.

#include "base/digest.hpp"
#include "storage/sqlite/store.hpp"
#include "tests/fakes/scratch.hpp"
#include "tests/oracle/oracle.hpp"

#include <doctest/doctest.h>
#include <fmt/format.h>

using namespace nightshift;
using namespace nightshift::test;

namespace {

std::string line_of(const TaskView& task, const std::string& outputs = "[]") {
    const auto& row = task.row;
    return fmt::format(R"({{"id":"{}","state":"{}","attempts":{},"maybe_billed":{},"outputs":{}}})",
                       row.id, name_of(row.state), row.attempts, row.maybe_billed, outputs);
}

AttemptRecord attempt_of(int number, int status, const std::string& verdict) {
    AttemptRecord attempt;
    attempt.number = number;
    attempt.http_status = status;
    attempt.verdict = verdict;
    return attempt;
}

TaskView task(const std::string& id, State state = State::succeeded) {
    TaskView view;
    view.row.id = id;
    view.row.body = "body of " + id;
    view.row.state = state;
    view.row.attempts = view.row.tries = 1;
    view.attempts = {attempt_of(1, 200, "ok")};
    return view;
}

BookEntry paid(const std::string& id, const std::string& remote_id = "") {
    return {sha256_hex("body of " + id), remote_id, true};
}

// A run that went well: a picture, a video and a text.
Remains good() {
    Remains remains;
    remains.tasks = {task("picture"), task("video"), task("text")};
    remains.tasks[1].row.notes["remote_id"] = "task_1";
    remains.books = {paid("picture"), paid("video", "task_1"), paid("text")};
    remains.outputs = {{"outputs/picture.png", 7, sha256_hex("a photo")}};
    remains.tasks[0].ledger_line =
        line_of(remains.tasks[0],
                fmt::format(R"([{{"path":"outputs/picture.png","bytes":7,"sha256":"{}"}}])",
                            sha256_hex("a photo")));
    for (auto& each : remains.tasks) {
        if (!each.ledger_line) each.ledger_line = line_of(each);
        remains.ledger += *each.ledger_line + "\n";
    }
    return remains;
}

// Writes the ledger anew after rows were changed.
void tell_again(Remains& remains) {
    remains.ledger.clear();
    for (auto& each : remains.tasks) {
        if (!is_terminal(each.row.state)) {
            each.ledger_line.reset();
            continue;
        }
        const auto outputs = each.ledger_line ? each.ledger_line->find("\"outputs\":") : 0;
        each.ledger_line =
            line_of(each, outputs > 0 ? each.ledger_line->substr(
                                            outputs + 10, each.ledger_line->size() - outputs - 11)
                                      : "[]");
        remains.ledger += *each.ledger_line + "\n";
    }
}

// The one violation, or all of them.
std::string verdict(const Remains& remains) {
    std::string text;
    for (const auto& each : violations(remains)) text += (text.empty() ? "" : " | ") + each;
    return text;
}

}  // namespace

TEST_CASE("a good run has no violations") {
    auto remains = good();
    CHECK(verdict(remains) == "");
    tell_again(remains);
    CHECK(verdict(remains) == "");
}

TEST_CASE("I1: a missing, a second, a foreign and a changed ledger line are found") {
    auto remains = good();
    const auto text = *remains.tasks[2].ledger_line + "\n";
    SUBCASE("missing") {
        remains.ledger.resize(remains.ledger.size() - text.size());
        CHECK(verdict(remains) == "I1 text has no ledger line");
        remains.ended = false;
        CHECK(verdict(remains) == "");
    }
    SUBCASE("second") {
        remains.ledger += text;
        CHECK(verdict(remains) == "I1 text has 2 ledger lines | I1 text has a ledger line twice");
    }
    SUBCASE("foreign") {
        remains.ledger += "{\"id\":\"else\"}\n";
        CHECK(verdict(remains) == "I1 ledger line 4 is of else, no task of the queue");
    }
    SUBCASE("changed") {
        remains.tasks[2].ledger_line = line_of(remains.tasks[2], "[ ]");
        CHECK(verdict(remains) == "I1 the ledger line of text is not the queue's");
    }
    SUBCASE("another count than its row") {
        remains.tasks[2].row.attempts = 2;
        CHECK(verdict(remains) ==
              "I1 the ledger line of text tells another state, attempts or maybe_billed than its "
              "row (succeeded, 2, 0)");
    }
    SUBCASE("of a task that goes on") {
        remains.tasks[2].row.state = State::pending;
        remains.ended = false;
        CHECK(verdict(remains) == "I1 text is pending and has a ledger line");
        remains.ended = true;
        CHECK(verdict(remains).find("I1 text is pending at the end of the run") == 0);
    }
}

TEST_CASE("I1: a retried task may have several lines, the last of them the queue's") {
    auto remains = good();
    remains.retried = true;
    remains.tasks[2].row.attempts = remains.tasks[2].row.tries = 2;
    remains.tasks[2].ledger_line = line_of(remains.tasks[2]);
    remains.ledger += *remains.tasks[2].ledger_line + "\n";
    CHECK(verdict(remains) == "");
}

TEST_CASE("I2: what was billed twice must be flagged or known") {
    auto remains = good();
    auto& text = remains.tasks[2];
    remains.books.push_back(paid("text"));
    text.row.attempts = text.row.tries = 2;
    SUBCASE("neither") {
        tell_again(remains);
        CHECK(verdict(remains) ==
              "I2 text was billed 2 times with maybe_billed 0 and 0 known replies that did not "
              "succeed");
    }
    SUBCASE("flagged") {
        text.row.maybe_billed = 1;
        tell_again(remains);
        CHECK(verdict(remains) == "");
    }
    SUBCASE("asked again after a reply that was known") {
        text.attempts.insert(text.attempts.begin(), attempt_of(1, 200, "no_output"));
        tell_again(remains);
        CHECK(verdict(remains) == "");
    }
    SUBCASE("a refusal explains nothing") {
        text.attempts.insert(text.attempts.begin(), attempt_of(1, 500, "server_error"));
        tell_again(remains);
        CHECK(verdict(remains).find("I2 text was billed 2 times") == 0);
    }
}

TEST_CASE("I2: POSTs that the queue does not know of are found") {
    auto remains = good();
    remains.books.push_back({sha256_hex("body of text"), "", false});
    CHECK(verdict(remains) == "I2 text: the gateway took 2 POSTs, the queue knows of 1");
    remains.books.back().body_sha256 = sha256_hex("something else");
    CHECK(verdict(remains).find("I2 the gateway took a body that no task has") == 0);
}

TEST_CASE("I2: a success was billed, and a held task is flagged") {
    auto remains = good();
    SUBCASE("success") {
        remains.books.pop_back();
        CHECK(verdict(remains) == "I2 text succeeded and was never billed");
    }
    SUBCASE("held") {
        remains.tasks[2].row.state = State::held;
        tell_again(remains);
        CHECK(verdict(remains) == "I2 text is held without maybe_billed");
    }
}

TEST_CASE("I2: a video whose remote id is in the queue was billed once") {
    auto remains = good();
    auto& video = remains.tasks[1];
    SUBCASE("never") {
        video.row.state = State::failed;
        tell_again(remains);
        remains.books[1].billed = false;
        CHECK(verdict(remains) ==
              "I2 video has the remote id task_1 and was billed 0 times with maybe_billed 0");
    }
    SUBCASE("twice, and a known reply does not excuse it") {
        remains.books.push_back(paid("video", "task_1"));
        video.row.attempts = video.row.tries = 2;
        video.attempts.push_back(attempt_of(2, 200, "bad_reply"));
        tell_again(remains);
        CHECK(verdict(remains) ==
              "I2 video has the remote id task_1 and was billed 2 times with maybe_billed 0");
    }
}

TEST_CASE("I3: missing, short, changed, shared and foreign files are found") {
    auto remains = good();
    SUBCASE("missing") {
        remains.outputs.clear();
        CHECK(verdict(remains) == "I3 outputs/picture.png of picture is missing");
    }
    SUBCASE("short, in mid-run too") {
        remains.outputs[0].bytes = 6;
        remains.ended = false;
        CHECK(verdict(remains) == "I3 outputs/picture.png of picture has 6 bytes, not 7");
    }
    SUBCASE("changed") {
        remains.outputs[0].sha256 = sha256_hex("a phony");
        CHECK(verdict(remains) ==
              "I3 outputs/picture.png of picture has other bytes than its SHA-256 says");
    }
    SUBCASE("shared") {
        remains.tasks[2].ledger_line =
            line_of(remains.tasks[2], fmt::format(R"([{{"path":"outputs/picture.png","bytes":7,)"
                                                  R"("sha256":"{}"}}])",
                                                  sha256_hex("a photo")));
        tell_again(remains);
        CHECK(verdict(remains) == "I3 outputs/picture.png is named by picture and by text");
    }
    SUBCASE("foreign, but only at the end") {
        remains.outputs.push_back({"outputs/else.png", 1, sha256_hex("x")});
        CHECK(verdict(remains) == "I3 no ledger line names outputs/else.png");
        remains.ended = false;
        CHECK(verdict(remains) == "");
    }
    SUBCASE("of a line that has not reached the file yet") {
        remains.ledger.clear();
        remains.ended = false;
        CHECK(verdict(remains) == "");
        remains.outputs[0].bytes = 6;
        CHECK(verdict(remains) == "I3 outputs/picture.png of picture has 6 bytes, not 7");
    }
}

TEST_CASE("I4: a remote id that only the gateway knows is found") {
    auto remains = good();
    auto& video = remains.tasks[1];
    video.row.notes.clear();
    SUBCASE("lost") {
        CHECK(verdict(remains) == "I4 the remote id task_1 of video is in the books only");
    }
    SUBCASE("held") {
        video.row.state = State::held;
        video.row.maybe_billed = 1;
        tell_again(remains);
        CHECK(verdict(remains) == "");
    }
    SUBCASE("its intent waits for the next start") {
        video.row.state = State::running;
        tell_again(remains);
        remains.ended = false;
        CHECK(verdict(remains) == "");
    }
}

TEST_CASE("I5 and I6: the key, torn lines and a damaged queue are found") {
    auto remains = good();
    SUBCASE("key") {
        remains.key_found = {".nightshift/log"};
        CHECK(verdict(remains) == "I5 the key occurs in .nightshift/log");
    }
    SUBCASE("torn") {
        remains.ledger += "{\"id\":\"te";
        CHECK(verdict(remains) == "I6 the ledger does not end with a line feed");
        remains.ended = false;
        CHECK(verdict(remains) == "");
    }
    SUBCASE("no JSON") {
        remains.ledger += "{\"id\":\"te\n";
        remains.ended = false;
        CHECK(verdict(remains) == "I6 ledger line 4 is no JSON object with an id: {\"id\":\"te");
    }
    SUBCASE("queue") {
        remains.integrity = "row 1 missing from index task_id";
        CHECK(verdict(remains) == "I6 integrity_check: row 1 missing from index task_id");
    }
}

TEST_CASE("I8: retries are judged, unless the user asked for them") {
    Remains remains;
    for (int i = 0; i < 1100; ++i) {
        auto each = task("t" + std::to_string(i));
        each.attempts.insert(each.attempts.begin(), attempt_of(1, 500, "server_error"));
        remains.tasks.push_back(std::move(each));
    }
    CHECK(verdict(remains).find("I8") != std::string::npos);
    remains.retried = true;
    CHECK(verdict(remains).find("I8") == std::string::npos);
}

TEST_CASE("a run directory is read as it lies there") {
    const ScratchFolder folder;
    const auto hidden = folder.path() / ".nightshift";
    std::filesystem::create_directories(hidden);
    std::filesystem::create_directories(folder.path() / "outputs");
    {
        SqliteStore store(hidden / "queue.db", SqliteDb::Mode::read_write);
        store.transact([&] {
            store.begin_load(1);
            NewTask row;
            row.id = "a";
            row.endpoint = "chat_completions";
            row.model = "gpt-5.4";
            row.body = "{}";
            row.manifest = "m.jsonl";
            store.add(row, OnChange::error);
        });
    }
    folder.file("outputs/x.png", "a photo");
    folder.file(".nightshift/log", "Bearer sk-canary\n");
    folder.file("ledger.jsonl", "{}\n");
    const std::string books =
        R"({"n":1,"path":"/v1/chat/completions","model":"gpt-5.4","body_sha256":"0a",)"
        R"("idempotency_key":null,"status":200,"remote_id":null,"billed":true})";
    const auto remains = remains_of(folder.path(), books + "\n", "sk-canary");
    REQUIRE(remains.tasks.size() == 1);
    CHECK(remains.tasks[0].row.body == "{}");
    CHECK(remains.ledger == "{}\n");
    REQUIRE(remains.books.size() == 1);
    CHECK(remains.books[0].body_sha256 == "0a");
    CHECK(remains.books[0].remote_id == "");
    CHECK(remains.books[0].billed);
    REQUIRE(remains.outputs.size() == 1);
    CHECK(remains.outputs[0].path == "outputs/x.png");
    CHECK(remains.outputs[0].bytes == 7);
    CHECK(remains.outputs[0].sha256 == sha256_hex("a photo"));
    CHECK(remains.key_found == std::vector<std::string>{".nightshift/log"});
    CHECK(remains.integrity == "ok");
}
