// Every reply of the wire examples (tests/wire/examples.jsonl) through classifier and reader.

#include "base/base64.hpp"
#include "jobs/protocol/verdict.hpp"
#include "test_paths.hpp"
#include "tests/jobs/scripted_attempt.hpp"

#include <doctest/doctest.h>

#include <nlohmann/json.hpp>

#include <algorithm>
#include <cctype>
#include <fstream>

namespace nightshift::jobs {
Job messages();
Job chat_completions();
Job generate_content();
Job image_generations();
Job videos();
Job video_generations();
Job audio_speech();
}  // namespace nightshift::jobs

using namespace nightshift;
using namespace nightshift::test;
using nlohmann::json;

namespace {

http::Reply reply_of(const json& example) {
    http::Reply reply;
    reply.status = example.at("status");
    reply.sent = true;
    for (const auto& [name, value] : example.at("headers").items()) {
        auto lower = name;
        std::transform(lower.begin(), lower.end(), lower.begin(),
                       [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
        reply.headers.emplace_back(lower, value.get<std::string>());
    }
    const auto& body = example.at("response");
    if (body.is_string()) {
        reply.body = body.get<std::string>();
    } else if (body.contains("$binary_base64")) {
        reply.body = decode_base64(body["$binary_base64"].get<std::string>()).value();
    } else {
        reply.body = body.dump();
    }
    return reply;
}

const Job* job_for(const std::string& path) {
    static const std::vector<std::pair<std::string, Job>> jobs = {
        {"/v1/messages", jobs::messages()},
        {"/v1/chat/completions", jobs::chat_completions()},
        {"/v1beta/models/", jobs::generate_content()},
        {"/v1/images/generations", jobs::image_generations()},
        {"/v1/videos", jobs::videos()},
        {"/v1/video/generations", jobs::video_generations()},
        {"/v1/audio/speech", jobs::audio_speech()}};
    for (const auto& [start, job] : jobs) {
        if (path.starts_with(start)) return &job;
    }
    return nullptr;
}

// What the engine makes of it, in the words of the examples.
std::string verdict_of(const Failure& failure, Group group) {
    const auto kind = std::string(name_of(failure.kind));
    const bool unknown = failure.billing == Billing::unknown;
    if (failure.kind >= Kind::credentials && failure.kind <= Kind::misconfigured) {
        return "stop:" + kind;
    }
    if (unknown && group == Group::video) return "held:ambiguous_submit";
    if (failure.kind > Kind::bad_reply) return "failed:" + kind;
    return std::string(unknown ? "retry+maybe_billed:" : "retry:") + kind;
}

std::string verdict_of_a_post(const json& example) {
    const auto& request = example.at("request");
    const std::string path = request.at("path");
    const auto* job = job_for(path);
    if (job == nullptr || path == "/v1/message") {
        return verdict_of(verdict_of_post(reply_of(example), {}).value(), Group::text);
    }
    const auto& body = request.at("body");
    const auto model = body.is_object() ? body.value("model", "") : "";
    auto task = task_for(job->endpoint, model, body.dump());
    if (job->endpoint == "generate_content") {
        task.model = path.substr(15, path.find(':') - 15);
        task.path = path;
    }
    ScriptedAttempt attempt(job->group);
    attempt.download_extension = job->group == Group::speech ? "mp3" : "png";
    attempt.replies = {reply_of(example)};
    try {
        const auto outcome = play(*job, task, attempt);
        return outcome.flags.empty() ? "succeeded" : "succeeded+" + outcome.flags.front();
    } catch (const Failed& failed) {
        if (attempt.notes.contains("remote_id")) return "submitted";
        return verdict_of(failed.failure(), job->group);
    }
}

std::string verdict_of_a_poll(const json& example) {
    const std::string path = example.at("request").at("path");
    const auto* job = job_for(path);
    ScriptedAttempt attempt(Group::video);
    attempt.notes["remote_id"] = path.substr(path.rfind('/') + 1);
    for (int i = 0; i < 6; ++i) attempt.replies.push_back(reply_of(example));
    try {
        play(*job, task_for(job->endpoint, "m"), attempt);
        return "poll_done";
    } catch (const Failed& failed) {
        if (failed.failure().kind == Kind::task_deadline) return "poll_again";
        return verdict_of(failed.failure(), job->group);
    }
}

std::string verdict_of_a_list(const json& example) {
    const auto reply = reply_of(example);
    const auto stop = verdict_of_get(reply, {.group = Group::text, .first_contact = true});
    if (stop) return verdict_of(*stop, Group::text);
    const auto error = error_object_of(reply.body);
    if (!error.present) return "ok";
    return verdict_of(failure_of_error(error, reply.status, true), Group::text);
}

// "stop:quota|credentials" is either; a client_bug is whatever stops us from repeating it.
bool fits(const std::string& expected, const std::string& got) {
    if (expected == "client_bug") return !got.starts_with("retry") && got != "succeeded";
    const auto colon = expected.find(':');
    if (expected.find('|') == std::string::npos) return expected == got;
    return got.substr(0, colon) == expected.substr(0, colon) &&
           ("|" + expected.substr(colon + 1) + "|").find("|" + got.substr(colon + 1) + "|") !=
               std::string::npos;
}

}  // namespace

TEST_CASE("every wire example gets its verdict") {
    std::ifstream file(std::string(NIGHTSHIFT_SOURCE_DIR) + "/tests/wire/examples.jsonl");
    REQUIRE(file);
    int judged = 0;
    for (std::string line; std::getline(file, line);) {
        const auto example = json::parse(line);
        const std::string name = example.at("name");
        const std::string expected = example.at("verdict");
        const std::string path = example.at("request").at("path");
        const bool post = example.at("request").at("method") == "POST";
        CAPTURE(name);
        // Downloads are judged by the engine's downloader.
        if (path.starts_with("https://") || path.ends_with("/content")) continue;
        const bool poll = !post && job_for(path) != nullptr && !path.ends_with("/models");
        const auto got = post   ? verdict_of_a_post(example)
                         : poll ? verdict_of_a_poll(example)
                                : verdict_of_a_list(example);
        CHECK_MESSAGE(fits(expected, got), "expected " << expected << ", got " << got);
        ++judged;
    }
    CHECK(judged >= 108);
}
