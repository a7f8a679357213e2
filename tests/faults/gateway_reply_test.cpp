// Replies that are not what they should be: pages, errors under a good status, cut bodies.

#include "replies/reply_log.hpp"
#include "storage/sqlite/store.hpp"
#include "tests/fakes/nights.hpp"

#include <doctest/doctest.h>

using namespace nightshift;
using namespace nightshift::test;
using namespace nightshift::test::nights;

namespace {

http::Reply cut(int status, const std::string& body) {
    auto reply = json_reply(status, body);
    reply.trouble = http::Trouble::truncated;
    reply.trouble_text = "end of response with bytes missing";
    return reply;
}

// One task whose first POST is answered by `first`, the others well.
Ran after(std::vector<Job1> tasks, const http::Reply& first) {
    int given = 0;
    return live_through({.tasks = std::move(tasks), .options = {}, .gateway = [&](auto&) {
                             return given++ == 0 ? first : good_chat();
                         }});
}

std::string reply_in_show(const ScratchFolder& folder, const std::string& id) {
    SqliteStore store(RunFolders{folder.path()}.queue(), SqliteDb::Mode::read_only);
    return store.find(id).value().reply.value_or("");
}

}  // namespace

TEST_CASE("fault row 28: a proxy's page is judged by its number and quoted harmlessly") {
    struct Row {
        int status;
        const char* kind;
    };
    for (const auto& row : std::vector<Row>{{500, "server_error"},
                                            {502, "server_error"},
                                            {503, "server_error"},
                                            {520, "server_error"},
                                            {521, "server_error"},
                                            {522, "timeout"},
                                            {523, "server_error"},
                                            {524, "timeout"},
                                            {525, "server_error"},
                                            {526, "server_error"},
                                            {527, "server_error"}}) {
        CAPTURE(row.status);
        auto bad = page(row.status, "Oh no \x1b[31m" + std::string(900, 'x'));
        bad.body += R"({"error":{"code":"insufficient_user_quota","message":"not for you"}})";
        Night night{.tasks = chats(1), .options = {}, .gateway = [&](auto&) { return bad; }};
        night.options.retry.attempts_max = 1;

        const auto ran = live_through(night);

        CHECK(ran.stop.cause == StopCause::none);
        CHECK(count_of(ran, State::failed) == 1);
        CHECK(kind_of(ran, "t0") == row.kind);
        CHECK(code_of(ran, "t0") == "http_" + std::to_string(row.status));
        const auto message = message_of(ran, "t0");
        CHECK(holds(message, "Oh no \\x1b[31mxxx"));
        CHECK_FALSE(holds(message, "\x1b"));
        CHECK_FALSE(holds(message, "quota"));
        CHECK(message.size() < 300);
        CHECK(after(chats(1), bad).counts.at(State::succeeded) == 1);
    }
}

TEST_CASE("fault row 29: an error object under status 200 is that error, not an answer") {
    const auto refused = after(chats(1), json_reply(200, R"({"error":{"message":"too hot","type":)"
                                                         R"("invalid_request_error"}})"));
    CHECK(kind_of(refused, "t0") == "invalid_request");
    CHECK(refused.posts() == 1);

    const auto busy = after(chats(1), json_reply(200, R"({"error":{"code":"server_error"}})"));
    CHECK(count_of(busy, State::succeeded) == 1);
    CHECK(line_of(busy, "t0")["attempts"] == 2);
    CHECK(line_of(busy, "t0")["maybe_billed"] == 0);

    const auto video = after(videos(1), json_reply(200, R"({"error":{"message":"hm"}})"));
    CHECK(count_of(video, State::held) == 1);
}

TEST_CASE("fault row 29: a login page under status 200 is a wrong base URL at first contact") {
    const auto ran = after(chats(1), page(200, "Sign in"));

    CHECK(ran.stop.cause == StopCause::misconfigured);
    CHECK(holds(ran.stop.message, "Sign in"));
    CHECK(count_of(ran, State::pending) == 1);
}

TEST_CASE("fault row 29: a login page or nothing under status 200 later on leaves all open") {
    for (const auto& hole : {page(200, "Sign in"), json_reply(200, ""), json_reply(200, " \n")}) {
        CAPTURE(hole.body);
        int given = 0;
        Night night{.tasks = chats(2), .options = {}, .gateway = [&](auto&) {
                        return given++ == 1 ? hole : good_chat();
                    }};
        night.options.concurrency = 1;
        const auto text = live_through(night);
        CHECK(count_of(text, State::succeeded) == 2);
        CHECK(line_of(text, "t1")["maybe_billed"] == 1);

        night.tasks = chats(1) + videos(1);
        given = 0;
        const auto video = live_through(night);
        CHECK(video.posts() == 2);
        CHECK(count_of(video, State::succeeded) == 1);
        CHECK(count_of(video, State::held) == 1);
    }
}

TEST_CASE(
    "fault row 43: a reply that was cut may be paid: sent again or held, and what came kept") {
    const std::string part = R"({"choices":[{"message":{"content":"half an ans)";
    const auto text = after(chats(1), cut(200, part));
    CHECK(count_of(text, State::succeeded) == 1);
    CHECK(line_of(text, "t0")["attempts"] == 2);
    CHECK(line_of(text, "t0")["maybe_billed"] == 1);

    const ScratchFolder folder;
    auto tasks = videos(1) + chats(1);
    Night night{.tasks = tasks, .options = {}, .gateway = [&](auto&) { return cut(200, part); }};
    night.options.retry.attempts_max = 2;
    const auto ran = live_through(night, folder);
    CHECK(count_of(ran, State::held) == 1);
    CHECK(kind_of(ran, "t0") == "ambiguous_submit");
    CHECK(code_of(ran, "t0") == "truncated_reply");
    CHECK(reply_in_show(folder, "t0") == part);
    CHECK(count_of(ran, State::failed) == 1);
    CHECK(line_of(ran, "chat_completions-t0")["maybe_billed"] == 2);
    CHECK(reply_in_show(folder, "chat_completions-t0") == part);
}
