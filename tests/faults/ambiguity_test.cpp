// Submits of which nobody can say what became of them: sent again as --resend allows, else held.

#include "replies/reply_log.hpp"
#include "storage/sqlite/store.hpp"
#include "tests/fakes/nights.hpp"

#include <doctest/doctest.h>

using namespace nightshift;
using namespace nightshift::test;
using namespace nightshift::test::nights;

namespace {

TaskView found(const ScratchFolder& folder, const std::string& id) {
    SqliteStore store(RunFolders{folder.path()}.queue(), SqliteDb::Mode::read_only);
    return store.find(id).value();
}

// Every submit is answered with `id`, every poll says completed.
ScriptedTransport::Gateway always_the_same(const std::string& id) {
    return [id](const Exchange& each) {
        if (each.method == "POST") return accepted(id);
        return is_content(each) ? clip() : polled("completed");
    };
}

}  // namespace

TEST_CASE("fault row 20: a text behind a proxy's timeout page is sent again and flagged") {
    for (const int status : {504, 524}) {
        CAPTURE(status);
        int given = 0;
        const auto ran = live_through({.tasks = chats(1), .options = {}, .gateway = [&](auto&) {
                                           return given++ == 0 ? page(status) : good_chat();
                                       }});

        CHECK(count_of(ran, State::succeeded) == 1);
        CHECK(line_of(ran, "t0")["attempts"] == 2);
        CHECK(line_of(ran, "t0")["maybe_billed"] == 1);
    }
}

TEST_CASE(
    "fault row 20: a video behind a proxy's timeout page is held, not failed, and sent once") {
    for (const int status : {502, 504, 524}) {
        CAPTURE(status);
        const auto ran = live_through(
            {.tasks = videos(1), .options = {}, .gateway = [&](auto&) { return page(status); }});

        CHECK(count_of(ran, State::held) == 1);
        CHECK(count_of(ran, State::failed) == 0);
        CHECK(ran.posts() == 1);
        CHECK(kind_of(ran, "t0") == "ambiguous_submit");
        CHECK(code_of(ran, "t0") == "http_" + std::to_string(status));
        CHECK(line_of(ran, "t0")["maybe_billed"] == 1);
        CHECK(line_of(ran, "t0")["http_status"] == status);
    }
}

TEST_CASE(
    "fault row 22: a submit without a usable id is held, the field is named, the reply kept") {
    struct Row {
        std::string body, words;
    };
    const std::vector<Row> rows = {
        {R"({"object":"video","status":"queued"})", "id is missing, task_id is missing"},
        {R"({"id":"","task_id":null})", R"(id is "", task_id is null)"},
        {R"({"id":null})", "id is null, task_id is missing"},
        {R"({"id":0,"task_id":{"a":1}})", R"(id is 0, task_id is {"a":1})"},
        {R"({"code":"success","data":{"task_id":true}})", "data.task_id is true"},
        {R"(["task_1"])", "it is not an object"},
    };
    for (const auto& row : rows) {
        CAPTURE(row.body);
        const ScratchFolder folder;
        const Night night{.tasks = videos(1), .options = {}, .gateway = [&](auto&) {
                              return json_reply(200, row.body);
                          }};
        const auto ran = live_through(night, folder);

        CHECK(count_of(ran, State::held) == 1);
        CHECK(ran.posts() == 1);
        CHECK(kind_of(ran, "t0") == "ambiguous_submit");
        CHECK(code_of(ran, "t0") == "no_task_id");
        CHECK(holds(message_of(ran, "t0"), row.words));
        CHECK(found(folder, "t0").reply == row.body);
    }
}

TEST_CASE("fault row 23: an id that another task has is no task: the newcomers are held, loudly") {
    auto night = Night{.tasks = videos(3), .options = {}, .gateway = always_the_same("task_1")};
    night.options.concurrency = 1;

    const auto ran = live_through(night);

    CHECK(count_of(ran, State::succeeded) == 1);
    CHECK(count_of(ran, State::held) == 2);
    CHECK(ran.posts() == 3);
    CHECK(kind_of(ran, "t1") == "ambiguous_submit");
    CHECK(code_of(ran, "t1") == "remote_id_in_use");
    CHECK(holds(message_of(ran, "t1"), "task_1"));
    CHECK(holds(message_of(ran, "t1"), "of t0"));
    CHECK(line_of(ran, "t1")["maybe_billed"] == 1);
    CHECK(line_of(ran, "t1")["remote_id"].is_null());
    REQUIRE(ran.notices.size() == 2);
    CHECK(ran.notices[0] == message_of(ran, "t1"));
    CHECK(std::count_if(ran.seen.begin(), ran.seen.end(), is_content) == 1);
}

TEST_CASE("fault row 23: the id of a task of an earlier run is known, too") {
    const ScratchFolder folder;
    Night night{.tasks = videos(1), .options = {}, .gateway = always_the_same("task_1")};
    CHECK(count_of(live_through(night, folder), State::succeeded) == 1);
    night.tasks = videos(2);

    const auto ran = live_through(night, folder);

    CHECK(count_of(ran, State::held) == 1);
    CHECK(ran.seen.size() == 1);
    CHECK(code_of(ran, "t1") == "remote_id_in_use");
}

TEST_CASE("fault row 24: of two ids the first is asked for, both are kept, one notice") {
    const ScratchFolder folder;
    int given = 0;
    const Night night{.tasks = videos(2), .options = {}, .gateway = [&](const Exchange& each) {
                          if (is_content(each)) return clip();
                          if (each.method == "GET") return polled("completed");
                          const auto n = std::to_string(given++);
                          return json_reply(200, R"({"id":"task_)" + n + R"(","task_id":"vendor-)" +
                                                     n + R"(","status":"queued"})");
                      }};
    const auto ran = live_through(night, folder);

    CHECK(count_of(ran, State::succeeded) == 2);
    CHECK(line_of(ran, "t0")["remote_id"] == "task_0");
    const auto notes = found(folder, "t0").row.notes;
    CHECK(notes.at("remote_id") == "task_0");
    CHECK(notes.at("other_id") == "vendor-0");
    for (const auto& each : ran.seen) CHECK_FALSE(holds(each.path, "vendor"));
    CHECK(ran.notices.size() == 1);
}
