// What is on disk: journal, books, tasks; and the clock and links that need none.
#include "client.hpp"

#include "sandbox/media/seeded_random.hpp"
#include "sandbox/state/books.hpp"
#include "sandbox/state/links.hpp"
#include "sandbox/state/tasks.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <fstream>

using namespace nightshift::sandbox;

namespace {

Entry entry_of(const std::string& body, bool billed) {
    return Entry{.path = "/v1/videos",
                 .model = "m",
                 .body_sha256 = sha256_hex(body),
                 .idempotency_key = "",
                 .status = 200,
                 .remote_id = "",
                 .billed = billed};
}

Task task_of(const std::string& id) {
    Task task;
    task.id = id;
    task.model = "happyhorse-1.0-t2v";
    task.created_ms = 1'000'000;
    task.render_ms = 10'000;
    return task;
}

}  // namespace

TEST_CASE("a torn last line of a journal is cut off and the next record is whole") {
    const Folder folder;
    const auto path = folder.file("j.jsonl", "{\"a\":1}\n{\"b\":2}\n{\"c\":");

    {
        Journal journal(path);
        journal.append("{\"d\":4}");
    }

    CHECK(Journal(path).text() == "{\"a\":1}\n{\"b\":2}\n{\"d\":4}\n");
}

TEST_CASE("the books go on counting after a restart") {
    const Folder folder;
    const auto path = folder.path() / "books.jsonl";
    {
        Books books(path);
        books.enter(entry_of("x", true));
        books.enter(entry_of("x", false));
        books.enter(entry_of("x", true));
        CHECK(books.executed("/v1/videos", sha256_hex("x")) == 2);
    }

    Books books(path);
    books.enter(entry_of("y", true));

    CHECK(books.executed("/v1/videos", sha256_hex("x")) == 2);
    CHECK(books.executed("/v1/messages", sha256_hex("x")) == 0);
    const std::string lines = books.jsonl();
    CHECK(std::count(lines.begin(), lines.end(), '\n') == 4);
    CHECK(lines.find(R"({"n":4,"path":"/v1/videos","model":"m","body_sha256":")") !=
          std::string::npos);
    CHECK(lines.find(R"("idempotency_key":null,"status":200,"remote_id":null,"billed":true})") !=
          std::string::npos);
}

TEST_CASE("books without a folder are kept as well") {
    Books books("");
    books.enter(entry_of("x", true));
    CHECK(books.jsonl().starts_with(R"({"n":1,)"));
}

TEST_CASE("a task walks NOT_START, QUEUED, IN_PROGRESS, SUCCESS by its clock") {
    const Task task = task_of("task_1");
    const auto at = [&](std::int64_t ms) { return state_at(task, task.created_ms + ms); };

    CHECK(at(0).status == "NOT_START");
    CHECK(at(400).status == "QUEUED");
    CHECK(at(2'000).status == "IN_PROGRESS");
    CHECK(at(2'000).percent == 30);
    CHECK(at(8'000).percent == 50);
    CHECK(at(10'000).status == "SUCCESS");
    CHECK(at(10'000).percent == 100);
    CHECK(at(99'000).finished_ms == task.created_ms + 10'000);
}

TEST_CASE("a script decides the status of each poll") {
    Task task = task_of("task_1");
    task.script = std::make_unique<TaskScript>();
    task.script->statuses = {"NOT_START", "weird", "FAILURE"};

    CHECK(state_at(task, 0).status == "NOT_START");
    task.polls = 1;
    CHECK(state_at(task, 0).status == "weird");
    task.polls = 9;
    CHECK(state_at(task, 0).status == "FAILURE");
    CHECK(state_at(task, 0).failed());
    CHECK_FALSE(state_at(task, 0).fail_reason.empty());
}

TEST_CASE("a stuck task never ends") {
    Task task = task_of("task_1");
    task.script = std::make_unique<TaskScript>();
    task.script->stuck = true;

    CHECK(state_at(task, task.created_ms + 1'000'000'000).status == "IN_PROGRESS");
}

TEST_CASE("tasks and their scripts are read back, and belong to one user") {
    const Folder folder;
    const auto path = folder.path() / "tasks.jsonl";
    {
        Tasks tasks(path);
        Task scripted = task_of("task_1");
        scripted.roll = 0xFFFF'FFFF'FFFF'FFFFULL;
        scripted.script = std::make_unique<TaskScript>();
        scripted.script->statuses = {"FAILURE"};
        scripted.script->result_url = "none";
        tasks.add(std::move(scripted));
    }
    std::ofstream(path, std::ios::app) << "{\"id\":\"task_2";  // torn by a kill

    Tasks tasks(path);

    CHECK(tasks.count() == 1);
    REQUIRE(tasks.find("task_1", 1) != nullptr);
    CHECK(tasks.find("task_1", 1)->roll == 0xFFFF'FFFF'FFFF'FFFFULL);
    CHECK(tasks.find("task_1", 1)->script->result_url == "none");
    CHECK(tasks.find("task_1", 2) == nullptr);
    CHECK(tasks.find("task_2", 1) == nullptr);
}

TEST_CASE("a link is believed only as it was signed") {
    const Link link{.name = "task_1.mp4", .expires_s = 2'000, .issued_ms = 1'000'000, .serial = 7};
    const std::string target = signed_target(link, 1);
    const auto read = [](const std::string& text, std::uint64_t seed, Link& out) {
        Call call;
        call.path = text.substr(0, text.find('?'));
        call.query = text.substr(text.find('?') + 1);
        call.route = result_route_of("GET", call.path);
        return read_link(call, seed, out);
    };

    Link out;
    CHECK(read(target, 1, out));
    CHECK(out.expires_s == 2'000);
    CHECK(out.issued_ms == 1'000'000);
    CHECK(out.serial == 7);
    CHECK_FALSE(read(target, 2, out));
    std::string later = target;
    later.replace(later.find("Expires=2000"), 12, "Expires=9000");
    CHECK_FALSE(read(later, 1, out));
}
