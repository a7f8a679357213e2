#include "tests/jobs/scripted_attempt.hpp"

#include "base/base64.hpp"

#include <doctest/doctest.h>

namespace nightshift::jobs {
Job audio_speech();
}

using namespace nightshift;
using namespace nightshift::test;

namespace {

Task speech(const std::string& format = "") {
    return task_for("audio_speech", "qwen3-tts-flash",
                    format.empty() ? R"({"input":"hi"})"
                                   : R"({"input":"hi","response_format":")" + format + R"("})");
}

Outcome succeed(const Task& task, http::Reply reply) {
    ScriptedAttempt attempt(Group::speech);
    attempt.replies = {std::move(reply)};
    return play(jobs::audio_speech(), task, attempt);
}

std::string hex_in_capitals(std::string hex) {
    for (auto& c : hex) c = c >= 'a' ? static_cast<char>(c - 32) : c;
    return hex;
}

Failure fail(const Task& task, http::Reply reply) {
    ScriptedAttempt attempt(Group::speech);
    attempt.replies = {std::move(reply)};
    return play_failure(jobs::audio_speech(), task, attempt);
}

}  // namespace

TEST_CASE("audio is known by its bytes, whatever the header says") {
    const auto wav = succeed(speech(), ok(wav_bytes(), "audio/mpeg"));
    const auto mp3 = succeed(speech(), ok("ID3\x04 and so on", "application/octet-stream"));

    CHECK(wav.outputs.at(0).path == "outputs/task.wav");
    CHECK(wav.flags.empty());
    CHECK(wav.reply == R"({"content_type":"audio/mpeg","bytes":52})");
    CHECK(mp3.outputs.at(0).path == "outputs/task.mp3");
}

TEST_CASE("another format than asked for is kept and flagged") {
    CHECK(succeed(speech("mp3"), ok(wav_bytes())).flags ==
          std::vector<std::string>{"format_mismatch"});
    CHECK(succeed(speech("wav"), ok(wav_bytes())).flags.empty());
    CHECK(succeed(speech("opus"), ok("OggS....")).flags.empty());
    CHECK(succeed(speech("pcm"), ok(wav_bytes())).flags ==
          std::vector<std::string>{"format_mismatch"});
}

TEST_CASE("headerless audio is accepted only when it was asked for") {
    const std::string pcm(64, '\x01');

    CHECK(succeed(speech("pcm"), ok(pcm)).outputs.at(0).path == "outputs/task.pcm");
    const auto failure = fail(speech("mp3"), ok(pcm));
    CHECK(failure.kind == Kind::no_output);  // it came whole: asked for once more, not five times
    CHECK(failure.billing == Billing::known);
}

TEST_CASE("an empty 200 leaves open what was done") {
    CHECK(fail(speech(), ok("")).kind == Kind::bad_reply);
    CHECK(fail(speech(), ok("")).billing == Billing::unknown);
    CHECK(fail(speech(), ok(R"({"output":{}})")).billing == Billing::unknown);
}

TEST_CASE("fault row 45: a JSON error under an audio type is never stored") {
    struct Row {
        std::string body;
        Kind kind;
    };
    const Row rows[] = {
        {R"({"code":"InvalidParameter","message":"Voice","request_id":"q"})",
         Kind::invalid_request},
        {R"({"code":"InvalidParameter.Text","message":"m"})", Kind::invalid_request},
        {R"({"code":"DataInspectionFailed","message":"m"})", Kind::content_rejected},
        {R"({"code":"Throttling.RateQuota","message":"m"})", Kind::rate_limited},
        {R"({"code":"Arrearage","message":"m"})", Kind::model_unavailable},
        {R"({"base_resp":{"status_code":1002,"status_msg":"rate limit"}})", Kind::rate_limited},
        {R"({"base_resp":{"status_code":1008,"status_msg":"balance"}})", Kind::model_unavailable},
        {R"({"error":"voice not found"})", Kind::server_error},
    };
    for (const auto& row : rows) {
        CAPTURE(row.body);
        const auto failure = fail(speech(), ok(row.body, "audio/mpeg"));
        CHECK(failure.kind == row.kind);
        CHECK(failure.billing == Billing::none);
    }
}

TEST_CASE("audio behind a redirect or a link is fetched from there") {
    const std::string url = "https://audio.example.com/tts/1.mp3?Expires=1";
    for (const auto& reply : {replied(302, "<a>Found</a>", {{"location", url}}),
                              ok(R"({"output":{"audio":{"url":")" + url + R"(","data":""}}})")}) {
        ScriptedAttempt attempt(Group::speech);
        attempt.download_extension = "mp3";
        attempt.replies = {reply};

        const auto outcome = play(jobs::audio_speech(), speech("mp3"), attempt);

        CHECK(attempt.sent == std::vector<std::string>{"POST /v1/audio/speech", "NOTE result_link",
                                                       "FETCH " + url});
        CHECK(outcome.flags.empty());
        CHECK(outcome.outputs.size() == 1);
    }
}

TEST_CASE("audio inside JSON is decoded") {
    const auto body =
        R"({"output":{"audio":{"url":"","data":")" + encode_base64(wav_bytes()) + R"("}}})";
    const auto outcome = succeed(speech(), ok(body));

    CHECK(outcome.outputs.at(0).path == "outputs/task.wav");
}

TEST_CASE("the model that speech in JSON names is kept") {
    const auto audio = R"("audio":")" + encode_base64(wav_bytes()) + R"(")";

    CHECK(succeed(speech(), ok("{" + audio + R"(,"model":"tts-2"})")).model == "tts-2");
    CHECK(succeed(speech(), ok("{" + audio + R"(,"model":""})")).model == std::nullopt);
    CHECK(succeed(speech(), ok(wav_bytes(), "audio/wav")).model == std::nullopt);
}

TEST_CASE("audio in JSON is found wherever it stands, as hexadecimal, base64 or link") {
    std::string hex;
    for (const unsigned char byte : wav_bytes()) {
        hex += "0123456789abcdef"[byte >> 4];
        hex += "0123456789abcdef"[byte & 15];
    }
    const auto base64 = encode_base64(wav_bytes());
    for (const std::string body :
         {R"({"data":{"audio":"@","status":2},"extra_info":{"audio_format":"mp3"}})",
          R"({"audio":"@","base_resp":{"status_code":0}})", R"({"data":"@"})",
          R"({"audioContent":"@"})", R"({"data":[{"b64_json":"@"}]})",
          R"({"output":{"audio":{"data":"@","url":""}}})", R"({"some":{"place":["@"]}})",
          R"({"choices":[{"message":{"audio":{"data":"@"}}}]})"}) {
        const auto upper = hex_in_capitals(hex);
        for (const auto& value : {hex, upper, hex.substr(0, 60) + "\\n" + hex.substr(60), base64,
                                  "data:audio/wav;base64," + base64}) {
            CAPTURE(body);
            auto filled = body;
            const auto outcome = succeed(speech(), ok(filled.replace(filled.find('@'), 1, value)));
            CHECK(outcome.outputs.at(0).bytes == wav_bytes().size());
        }
    }
    for (const std::string link : {"https://a.example/1", "/files/a.wav"}) {
        ScriptedAttempt attempt(Group::speech);
        attempt.download_extension = "wav";
        attempt.replies = {ok(R"({"data":{"audio":")" + link + R"("}})")};
        play(jobs::audio_speech(), speech(), attempt);
        CHECK(attempt.sent.back() == "FETCH " + link);
    }
    const std::string pcm(200, '\x01');
    CHECK(succeed(speech("pcm"), ok(R"({"audio":")" + encode_base64(pcm) + R"("})"))
              .outputs.at(0)
              .bytes == 200);
    CHECK(fail(speech("mp3"), ok(R"({"audio":")" + encode_base64(pcm) + R"("})")).kind ==
          Kind::bad_reply);
}

TEST_CASE("a failed fetch of paid audio does not pay again") {
    ScriptedAttempt attempt(Group::speech);
    attempt.replies = {replied(302, "", {{"location", "https://a.example/1.mp3"}})};
    attempt.downloads = {failure_of(Kind::network)};

    CHECK(play_failure(jobs::audio_speech(), speech(), attempt).kind == Kind::network);
    attempt.sent.clear();
    play(jobs::audio_speech(), speech(), attempt);

    CHECK(attempt.sent.back() == "FETCH https://a.example/1.mp3");
    for (const auto& each : attempt.sent) CHECK(!each.starts_with("POST"));
}

TEST_CASE("dead audio ends the task, and a retry asks for new audio") {
    ScriptedAttempt attempt(Group::speech);
    attempt.replies = {replied(302, "", {{"location", "https://a.example/1.mp3"}}),
                       ok(wav_bytes())};
    attempt.downloads = {failure_of(Kind::result_expired)};

    CHECK(play_failure(jobs::audio_speech(), speech(), attempt).kind == Kind::result_expired);
    // Not a note of its own: a crash between it and the failure would pay again.
    CHECK(attempt.sent.back() == "FORGET result_link");

    CHECK(play(jobs::audio_speech(), speech(), attempt).outputs.size() == 1);
}

TEST_CASE("audio whose host is not reached keeps its link: a retry fetches before it pays") {
    ScriptedAttempt attempt(Group::speech);
    attempt.replies = {replied(302, "", {{"location", "https://a.example/1.mp3"}})};
    auto unreached = failure_of(Kind::result_expired);
    unreached.code = "unreached";
    attempt.downloads = {unreached};

    CHECK(play_failure(jobs::audio_speech(), speech(), attempt).kind == Kind::result_expired);
    attempt.sent.clear();
    play(jobs::audio_speech(), speech(), attempt);
    CHECK(attempt.sent.back() == "FETCH https://a.example/1.mp3");
    for (const auto& each : attempt.sent) CHECK(!each.starts_with("POST"));
}

TEST_CASE("a relative link to audio is the gateway's, and base64 that begins alike is none") {
    for (const std::string body :
         {R"({"url":"/files/a.wav"})", R"({"output":{"audio":{"url":"/files/a.wav"}}})",
          R"({"audio_url":"/files/a.wav"})", R"({"data":{"url":"/files/a.wav"}})",
          R"({"audio":{"url":"/files/a.wav"}})"}) {
        CAPTURE(body);
        ScriptedAttempt attempt(Group::speech);
        attempt.replies = {ok(body)};
        play(jobs::audio_speech(), speech(), attempt);
        CHECK(attempt.sent.back() == "FETCH /files/a.wav");
    }
    ScriptedAttempt attempt(Group::speech);
    attempt.replies = {ok(R"({"audio":"//uQxAAAAAAAAAAAAAAAAAAAAAAA"})")};
    play(jobs::audio_speech(), speech(), attempt);
    CHECK(attempt.saved.size() == 1);
    for (const auto& each : attempt.sent) CHECK(!each.starts_with("FETCH"));
}

TEST_CASE("a redirect to the endpoint itself is a wrong base URL") {
    const auto failure =
        fail(speech(), replied(307, "", {{"location", "https://b.example/v1/audio/speech/"}}));

    CHECK(failure.kind == Kind::misconfigured);
}
