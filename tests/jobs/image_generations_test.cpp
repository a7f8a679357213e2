#include "tests/jobs/scripted_attempt.hpp"

#include <doctest/doctest.h>

namespace nightshift::jobs {
Job image_generations();
}

using namespace nightshift;
using namespace nightshift::test;

namespace {

const Task one = task_for("image_generations", "gpt-image-2", R"({"prompt":"p"})");
const Task four = task_for("image_generations", "gpt-image-2", R"({"prompt":"p","n":4})");

Outcome succeed(const Task& task, const std::string& body) {
    ScriptedAttempt attempt(Group::image);
    attempt.replies = {ok(body)};
    return play(jobs::image_generations(), task, attempt);
}

Failure fail(const Task& task, const std::string& body) {
    ScriptedAttempt attempt(Group::image);
    attempt.replies = {ok(body)};
    return play_failure(jobs::image_generations(), task, attempt);
}

std::string data(const std::string& items) {
    return R"({"created":1,"data":[)" + items + "]}";
}

const std::string image = R"({"b64_json":")" + png_base64() + R"("})";

}  // namespace

TEST_CASE("images come as base64, with a data prefix, or as links") {
    CHECK(succeed(one, data(image)).outputs.size() == 1);
    CHECK(succeed(one, data(R"({"b64_json":"data:image/png;base64,)" + png_base64() + R"("})"))
              .outputs.size() == 1);
    CHECK(succeed(one, data(R"({"url":"data:image/png;base64,)" + png_base64() + R"("})"))
              .outputs.size() == 1);
    const auto linked = succeed(
        one, data(R"({"url":"https://img.example.com/1.png","b64_json":"","revised_prompt":"r"})"));
    CHECK(linked.outputs.size() == 1);
    CHECK(linked.text == "r");
}

TEST_CASE("counts are read, and fewer images than asked for is partial") {
    const auto outcome =
        succeed(four, R"({"data":[)" + image + "," + image +
                          R"(],"usage":{"input_tokens":16,"output_tokens":2112}})");

    CHECK(outcome.outputs.size() == 2);
    CHECK(outcome.flags == std::vector<std::string>{"partial"});
    CHECK(outcome.usage.input_tokens == 16);
    CHECK(outcome.usage.output_tokens == 2112);
    CHECK(succeed(one, data(image)).flags.empty());
}

TEST_CASE("no image at all is no_output, no data at all leaves open what was done") {
    for (const auto& body :
         {data(""), data("{}"), data(R"({"b64_json":"","url":""})"), data(R"({"b64_json":"!!!"})"),
          data(R"({"b64_json":"SGVsbG8="})"), std::string(R"({"data":null})")}) {
        CAPTURE(body);
        CHECK(fail(one, body).kind == Kind::no_output);
        CHECK(fail(one, body).billing == Billing::known);
    }
    for (const std::string body : {"", "{}", "{\"data\":", "\xFF"}) {
        CAPTURE(body);
        CHECK(fail(one, body).kind == Kind::bad_reply);
        CHECK(fail(one, body).billing == Billing::unknown);
    }
}

TEST_CASE("a paid link is kept before it is fetched and taken up again") {
    ScriptedAttempt attempt(Group::image);
    attempt.replies = {ok(data(R"({"url":"https://img.example.com/1.png"})"))};
    attempt.downloads = {failure_of(Kind::network)};

    CHECK(play_failure(jobs::image_generations(), one, attempt).kind == Kind::network);
    attempt.sent.clear();
    const auto outcome = play(jobs::image_generations(), one, attempt);

    CHECK(attempt.sent == std::vector<std::string>{"FETCH https://img.example.com/1.png"});
    CHECK(outcome.outputs.size() == 1);
}

TEST_CASE("a dead link ends the task, and a retry asks for a new image") {
    ScriptedAttempt attempt(Group::image);
    attempt.replies = {ok(data(R"({"url":"https://img.example.com/1.png"})")), ok(data(image))};
    attempt.downloads = {failure_of(Kind::result_expired)};

    CHECK(play_failure(jobs::image_generations(), one, attempt).kind == Kind::result_expired);
    const auto outcome = play(jobs::image_generations(), one, attempt);

    CHECK(outcome.outputs.size() == 1);
    CHECK(attempt.sent.back() == "POST /v1/images/generations");
}

TEST_CASE("an image whose host is not reached keeps its link: a retry fetches before it pays") {
    ScriptedAttempt attempt(Group::image);
    attempt.replies = {ok(data(R"({"url":"https://img.example.com/1.png"})"))};
    auto unreached = failure_of(Kind::result_expired);
    unreached.code = "unreached";
    attempt.downloads = {unreached};

    CHECK(play_failure(jobs::image_generations(), one, attempt).kind == Kind::result_expired);
    attempt.sent.clear();
    play(jobs::image_generations(), one, attempt);
    CHECK(attempt.sent == std::vector<std::string>{"FETCH https://img.example.com/1.png"});
}

TEST_CASE("streamed images count when they are completed") {
    const std::string partial =
        "event: image_generation.partial_image\ndata: {\"type\":\"image_generation.partial_image\","
        "\"b64_json\":\"AAAA\"}\n\n";
    const std::string completed =
        "event: image_generation.completed\ndata: {\"type\":\"image_generation.completed\","
        "\"b64_json\":\"" +
        png_base64() + "\",\"usage\":{\"output_tokens\":9}}\n\n";
    const std::string error =
        "event: error\ndata: {\"error\":{\"code\":\"moderation_blocked\",\"message\":\"no\"}}\n\n";

    const auto outcome = succeed(one, partial + completed + "data: [DONE]\n\n");

    CHECK(outcome.outputs.size() == 1);
    CHECK(outcome.usage.output_tokens == 9);
    CHECK(fail(one, partial + "data: [DONE]\n\n").billing == Billing::unknown);
    CHECK(fail(one, partial + error).kind == Kind::content_rejected);
}

TEST_CASE("images that were lifted from the reply are saved in its order") {
    ScriptedAttempt attempt(Group::image);
    attempt.lifted = {png_bytes(), png_bytes()};
    attempt.replies = {ok(data(R"({"b64_json":"====lifted-1-73===="},)" + image +
                               R"(,{"url":"data:image/png;base64,====lifted-2-73===="})"))};

    const auto outcome = play(jobs::image_generations(), four, attempt);

    REQUIRE(attempt.saved.size() == 3);
    CHECK(attempt.saved[0].lifted == 1);
    CHECK(attempt.saved[1].lifted == 0);
    CHECK(attempt.saved[2].lifted == 2);
    CHECK(attempt.saved[2].index == 3);
    CHECK(outcome.reply.find("lifted") == std::string::npos);
}

TEST_CASE("a lifted image is found behind whatever prefix its base64 may have") {
    for (const std::string prefix :
         {"", "data:image/png;base64,", "data:;base64,", "DATA:IMAGE/PNG;BASE64,",
          " data:application/octet-stream;base64,"}) {
        CAPTURE(prefix);
        ScriptedAttempt attempt(Group::image);
        attempt.lifted = {png_bytes()};
        attempt.replies = {ok(data(R"({"b64_json":")" + prefix + R"(====lifted-1-73===="})"))};
        CHECK(play(jobs::image_generations(), one, attempt).outputs.size() == 1);
        REQUIRE(attempt.saved.size() == 1);
        CHECK(attempt.saved[0].lifted == 1);
    }
}

TEST_CASE("a lifted image that stands in its reply twice is one") {
    ScriptedAttempt attempt(Group::image);
    attempt.lifted = {png_bytes()};
    const std::string item = R"({"b64_json":"====lifted-1-73===="})";
    attempt.replies = {ok(data(item + "," + item))};
    CHECK(play(jobs::image_generations(), one, attempt).outputs.size() == 1);
}
