#include "replies/own_end.hpp"

#include "jobs/job_table.hpp"

#include <doctest/doctest.h>

#include <string>

using namespace nightshift;

namespace {

bool ends(std::string_view endpoint, std::string_view body) {
    return has_own_end(*find_job(endpoint), body);
}

std::string wav(std::uint32_t claimed, std::size_t bytes) {
    std::string body = "RIFF....WAVEfmt ";
    for (std::size_t i = 0; i < 4; ++i) body[4 + i] = static_cast<char>(claimed >> (8 * i));
    body.resize(bytes, '\0');
    return body;
}

const std::string begun = "data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"a\"}}]}\n\n";
const std::string finish = "data: {\"choices\":[{\"delta\":{},\"finish_reason\":\"stop\"}]}\n\n";

}  // namespace

TEST_CASE("fault row 43: JSON ends where its brackets are closed, on every endpoint") {
    for (const auto& entry : job_table()) {
        CAPTURE(entry.job.endpoint);
        CHECK(ends(entry.job.endpoint, R"({"a":[{"b":"}"}]})"));
        CHECK(ends(entry.job.endpoint, ": PING\n\n{\"a\":NaN}"));
        CHECK_FALSE(ends(entry.job.endpoint, R"({"a":[{"b":"}"}])"));
        CHECK_FALSE(ends(entry.job.endpoint, R"({"a":"half an ans)"));
        CHECK_FALSE(ends(entry.job.endpoint, ""));
        CHECK_FALSE(ends(entry.job.endpoint, "<html></html>"));
        CHECK_FALSE(ends(entry.job.endpoint, "words"));
    }
}

TEST_CASE("fault row 43: a stream ends with its reason to stop or with an error") {
    CHECK(ends("chat_completions", begun + finish));
    CHECK(ends("chat_completions", begun + "data: {\"error\":{\"message\":\"full\"}}\n\n"));
    CHECK_FALSE(ends("chat_completions", begun));
    CHECK_FALSE(ends("chat_completions", begun + "data: [DONE]\n\n"));
    CHECK_FALSE(ends("chat_completions", ": PING\n\n"));
    CHECK(ends("messages",
               "data: {\"type\":\"message_delta\",\"delta\":{\"stop_reason\":\"end_turn\"}}\n\n"));
    CHECK_FALSE(ends("messages", "data: {\"type\":\"message_stop\"}\n\n"));
    const std::string content = R"({"candidates":[{"content":{"parts":[{"text":"a"}]})";
    CHECK(ends("generate_content", "data: " + content + ",\"finishReason\":\"STOP\"}]}\n\n"));
    CHECK(ends("generate_content", "[" + content + ",\"finishReason\":\"STOP\"}]},"));
    CHECK(ends("generate_content", "[" + content + ",\"finishReason\":\"STOP\"}]},{\"cand"));
    CHECK_FALSE(ends("generate_content", "data: " + content + "}]}\n\n"));
    CHECK_FALSE(ends("generate_content", "[" + content + "}]},"));
    CHECK_FALSE(ends("videos", begun + finish));
}

TEST_CASE("fault row 43: a WAV ends where its own sizes say, and no other sound does") {
    CHECK(ends("audio_speech", wav(92, 100)));
    CHECK_FALSE(ends("audio_speech", wav(93, 100)));
    CHECK(ends("audio_speech", wav(91, 100)));  // a padding byte
    CHECK_FALSE(ends("audio_speech", wav(90, 100)));
    CHECK_FALSE(ends("audio_speech", wav(0, 8)));
    CHECK_FALSE(ends("audio_speech", wav(0, 100)));
    CHECK_FALSE(ends("audio_speech", wav(0xFFFFFFFF, 100)));
    CHECK_FALSE(ends("audio_speech", "ID3" + std::string(100, '\0')));
}

TEST_CASE("only a good reply that broke off is whole again") {
    const auto& job = *find_job("chat_completions");
    struct Row {
        int status;
        http::Trouble trouble;
        bool whole;
    };
    const Row rows[] = {
        {200, http::Trouble::truncated, true},  {200, http::Trouble::idle, true},
        {201, http::Trouble::timeout, true},    {200, http::Trouble::protocol, false},
        {200, http::Trouble::reset, false},     {200, http::Trouble::too_large, false},
        {500, http::Trouble::truncated, false}, {302, http::Trouble::truncated, false},
    };
    for (const auto& row : rows) {
        http::Reply reply;
        reply.status = row.status;
        reply.trouble = row.trouble;
        reply.body = "{}";
        forgive_early_end(job, reply);
        CHECK((reply.trouble == http::Trouble::none) == row.whole);
    }
}
