// Refusals that stop a run, a model, or one task only.

#include "tests/fakes/nights.hpp"

#include <doctest/doctest.h>

using namespace nightshift;
using namespace nightshift::test;
using namespace nightshift::test::nights;

namespace {

http::Reply bad_key() {
    return gateway_error(401, "", "Invalid token");
}

}  // namespace

TEST_CASE("fault row 30: a key revoked in the middle stops all at once and leaves all resumable") {
    const ScratchFolder folder;
    bool revoked = true;
    Night night{.tasks = chats(200) + videos(2), .options = {}, .gateway = {}};
    night.gateway = [&](const Exchange& each) {
        if (revoked && each.at_s >= 20) return bad_key();
        if (each.path.find("/videos") == std::string::npos) return good_chat();
        if (is_content(each)) return clip();
        return each.method == "POST" ? accepted("task_" + std::to_string(each.body.size() % 7) +
                                                each.body.substr(each.body.size() - 2, 1))
                                     : polled(revoked ? "in_progress" : "completed");
    };
    night.options.concurrency = 4;
    night.latency_s = 1;

    const auto ran = live_through(night, folder);

    CHECK(ran.stop.cause == StopCause::credentials);
    CHECK(count_of(ran, State::failed) == 0);
    CHECK(count_of(ran, State::held) == 0);
    CHECK(count_of(ran, State::submitted) == 2);
    CHECK(count_of(ran, State::pending) + count_of(ran, State::succeeded) == 200);
    CHECK(count_of(ran, State::pending) > 0);
    // The first refusal arrives at 21 s: from then on nothing is sent, neither POST nor poll.
    for (const auto& each : ran.seen) CHECK(each.at_s < 21.001);
    CHECK(ran.seconds < 23);

    revoked = false;
    CHECK(count_of(live_through(night, folder), State::succeeded) == 202);
}

TEST_CASE("fault row 32: a bad parameter fails each task once, and only those") {
    Night night{.tasks = chats(12), .options = {}, .gateway = [](const Exchange& each) {
                    const bool bad = each.body.find(R"("n":1})") == std::string::npos;
                    return bad ? json_reply(400, R"({"error":{"message":"temperature is too high",)"
                                                 R"("type":"invalid_request_error","param":"",)"
                                                 R"("code":"invalid_value"}})")
                               : good_chat();
                }};
    const auto ran = live_through(night);

    CHECK(ran.posts() == 12);
    CHECK(count_of(ran, State::failed) == 11);
    CHECK(count_of(ran, State::succeeded) == 1);
    CHECK(kind_of(ran, "t0") == "invalid_request");
    CHECK(line_of(ran, "t0")["attempts"] == 1);
    CHECK(holds(message_of(ran, "t0"), "temperature is too high"));
}

TEST_CASE("fault row 33: a model that is not there fails fast, its tasks unsent, others go on") {
    const auto models = json_reply(200, R"({"success":true,"object":"list","data":[)"
                                        R"({"id":"qwen3-tts-flash"},{"id":"gpt-5.4"}]})");
    for (const int status : {404, 503}) {
        CAPTURE(status);
        Night night{
            .tasks = tasks_of("chat_completions", "gtp-5.4", "/v1/chat/completions", 50) + chats(5),
            .options = {},
            .gateway = [&](const Exchange& each) {
                if (each.path == "/v1/models") return models;
                return holds(each.body, "gtp-5.4")
                           ? gateway_error(status, "model_not_found", "no channel")
                           : good_chat();
            }};
        night.options.concurrency = 2;
        const auto ran = live_through(night);

        CHECK(ran.posts() <= 3 + 1 + 5);
        CHECK(count_of(ran, State::failed) == 50);
        CHECK(count_of(ran, State::succeeded) == 5);
        CHECK(kind_of(ran, "t49") == "model_unavailable");
        CHECK(line_of(ran, "t49")["attempts"] == 0);
        CHECK(ran.seconds < 30);
        CHECK(holds(message_of(ran, "t49"), R"(did you mean "gpt-5.4"?)"));
    }
}

TEST_CASE("fault row 34: a body that is too large fails once and says how large it is") {
    auto html = page(413, "413 Request Entity Too Large");
    const auto json =
        gateway_error(413, "read_request_body_failed", "http: request body too large");
    const auto bad = gateway_error(400, "read_request_body_failed", "http: request body too large");
    for (const auto& reply : {html, json, bad}) {
        CAPTURE(reply.body);
        auto tasks = chats(1);
        tasks[0].body.resize(5000, ' ');
        int given = 0;
        const auto ran = live_through({.tasks = tasks, .options = {}, .gateway = [&](auto&) {
                                           ++given;
                                           return reply;
                                       }});

        CHECK(given == 1);
        CHECK(kind_of(ran, "t0") == "invalid_request");
        CHECK(holds(message_of(ran, "t0"), "the body has 5000 bytes"));
        CHECK(line_of(ran, "t0")["maybe_billed"] == 0);
    }
}
