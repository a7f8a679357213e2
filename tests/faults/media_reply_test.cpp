// Images and speech that are none, and texts that ended in other ways than well.

#include "replies/reply_log.hpp"
#include "storage/sqlite/store.hpp"
#include "tests/fakes/nights.hpp"

#include <doctest/doctest.h>

using namespace nightshift;
using namespace nightshift::test;
using namespace nightshift::test::nights;
using nlohmann::json;

namespace {

const std::string png_base64 =
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJg"
    "gg==";

// A night of one task whose every POST is answered by `reply`, and what it leaves.
struct Left {
    Ran ran;
    std::size_t files = 0;
    std::string shown;  // the reply that `show` prints
    json line;
};

Left left_by(const std::vector<Job1>& tasks, const http::Reply& reply) {
    const ScratchFolder folder;
    Left left;
    left.ran = live_through(
        {.tasks = tasks, .options = {}, .gateway = [&](auto&) { return reply; }}, folder);
    const RunFolders folders{folder.path()};
    for (const auto& file : std::filesystem::directory_iterator(folder.path() / "outputs")) {
        if (file.is_regular_file()) ++left.files;
    }
    SqliteStore store(folders.queue(), SqliteDb::Mode::read_only);
    left.shown = store.find("t0").value().reply.value_or("");
    left.line = line_of(left.ran, "t0");
    return left;
}

Left image(const std::string& base64) {
    return left_by(images(1), json_reply(200, R"({"created":1,"data":[{"b64_json":)" +
                                                  json(base64).dump() + R"(,"url":""}]})"));
}

Left gemini_image(const std::string& text) {
    return left_by(
        tasks_of("generate_content", "gemini-3.1-flash-image-preview",
                 "/v1beta/models/gemini-3.1-flash-image-preview:generateContent", 1),
        json_reply(200, R"({"candidates":[{"content":{"role":"model","parts":[{"text":)" +
                            json(text).dump() + R"(}]},"finishReason":"STOP"}]})"));
}

Left speech(const std::string& bytes, const std::string& type, const std::string& format) {
    auto tasks = tasks_of("audio_speech", "qwen3-tts-flash", "/v1/audio/speech", 1);
    tasks[0].body =
        R"({"model":"qwen3-tts-flash","input":"a","response_format":")" + format + "\"}";
    auto reply = json_reply(200, bytes);
    reply.headers = {{"content-type", type}};
    return left_by(tasks, reply);
}

Left chat(const std::string& message, const std::string& finish_reason) {
    return left_by(
        chats(1), json_reply(200, R"({"choices":[{"index":0,"message":)" + message +
                                      R"(,"finish_reason":")" + finish_reason +
                                      R"("}],"usage":{"prompt_tokens":3,"completion_tokens":5}})"));
}

// 24 samples, the two lengths as a streaming synthesizer writes them.
std::string wav_claiming(const std::string& length) {
    return "RIFF" + length + "WAVEfmt " +
           std::string("\x10\0\0\0\1\0\1\0\x80\xbb\0\0\0\x77\1\0", 16) +
           std::string("\2\0\x10\0", 4) + "data" + length + std::string(48, '\1');
}

}  // namespace

TEST_CASE(
    "fault row 44: base64 is read with line ends and data prefix, and then as an image only") {
    auto wrapped = png_base64;
    for (std::size_t at = 60; at < wrapped.size(); at += 61) wrapped.insert(at, "\r\n");
    for (const auto& good :
         {png_base64, " " + wrapped + "\n", "data:image/jpeg;base64," + png_base64}) {
        CAPTURE(good);
        const auto left = image(good);
        CHECK(left.line["state"] == "succeeded");
        CHECK(left.line["outputs"][0]["media_type"] == "image/png");
        CHECK(left.files == 1);
    }
    for (const std::string bad :
         {"", "!!!!", "iVBORw0KGgo*", "SGVsbG8sIHdvcmxk", "PCFkb2N0eXBlIGh0bWw+"}) {
        CAPTURE(bad);
        const auto left = image(bad);
        CHECK(left.line["state"] == "failed");
        CHECK(left.line["error"]["kind"] == "no_output");
        CHECK(left.files == 0);
        CHECK(left.ran.posts() == 2);  // once more, and no more
    }
    CHECK(image(png_base64.substr(0, 40)).line["error"]["kind"] == "no_output");
}

TEST_CASE("fault row 44: prose in place of a Gemini image is no image, and can be read") {
    const auto left = gemini_image("I am sorry, I can only describe a red apple.");

    CHECK(left.line["state"] == "failed");
    CHECK(left.line["error"]["kind"] == "no_output");
    CHECK(left.line["error"]["code"] == "no_image");
    CHECK(holds(left.line["error"]["message"], "I can only describe a red apple"));
    CHECK(holds(left.shown, "I can only describe a red apple"));
    CHECK(left.line["text"] == "I am sorry, I can only describe a red apple.");
    CHECK(left.files == 0);
    CHECK(gemini_image("Here:\n![image](data:image/png;base64," + png_base64 + ")").files == 1);
}

TEST_CASE("fault row 45: an error under an audio type is never stored as audio") {
    for (const std::string body : {R"({"code":"InvalidParameter","message":"Voice"})",
                                   R"( {"error":{"message":"x"}})", R"({"output":{}})", "{"}) {
        CAPTURE(body);
        const auto left = speech(body, "audio/mpeg", "mp3");
        CHECK(left.line["state"] != "succeeded");
        CHECK(left.files == 0);
    }
}

TEST_CASE("fault row 45: a WAV of made-up length is whole, has its own extension and a flag") {
    for (const std::string& length : {std::string("\xff\xff\xff\xff", 4), std::string(4, '\0'),
                                      std::string("\xff\xff\xff\x7f", 4)}) {
        const auto left = speech(wav_claiming(length), "audio/mpeg", "mp3");

        CHECK(left.line["state"] == "succeeded");
        CHECK(left.line["outputs"][0]["path"] == "outputs/t0.wav");
        CHECK(left.line["outputs"][0]["media_type"] == "audio/wav");
        CHECK(left.line["outputs"][0]["bytes"] == wav_claiming(length).size());
        CHECK(left.line["flags"] == json({"format_mismatch"}));
    }
}

TEST_CASE("fault row 46: a text that was cut is flagged, one without words is none") {
    const auto cut = chat(R"({"role":"assistant","content":"Once upon a"})", "length");
    CHECK(cut.line["state"] == "succeeded");
    CHECK(cut.line["text"] == "Once upon a");
    CHECK(cut.line["flags"] == json({"truncated"}));

    struct Row {
        std::string message, finish_reason, kind;
        int posts;
    };
    const std::vector<Row> rows = {
        {R"({"content":""})", "length", "truncated", 1},
        {R"({"content":"","reasoning_content":"hm, let me"})", "length", "truncated", 1},
        {R"({"content":"  \n"})", "stop", "no_output", 2},
        {R"({"content":null,"reasoning_content":"so be it"})", "stop", "no_output", 2},
        {R"({"content":"","refusal":"I cannot"})", "stop", "content_rejected", 1},
        {R"({"content":""})", "content_filter", "content_rejected", 1},
    };
    for (const auto& row : rows) {
        CAPTURE(row.message);
        const auto left = chat(row.message, row.finish_reason);
        CHECK(left.line["state"] == "failed");
        CHECK(left.line["error"]["kind"] == row.kind);
        CHECK(left.line["text"].is_null());
        CHECK(left.line["reasoning"] ==
              json::parse(row.message).value("reasoning_content", json()));
        CHECK(left.line["finish_reason"] == row.finish_reason);
        CHECK(left.line["usage"]["output_tokens"] == 5);
        CHECK(left.ran.posts() == row.posts);
        CHECK(holds(left.shown, row.message));
    }
}
