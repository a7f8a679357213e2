#include "tests/wire/good_replies.hpp"

#include "base/base64.hpp"

#include <nlohmann/json.hpp>

namespace nightshift::test {
namespace {

using nlohmann::json;

constexpr const char* tiny_png =
    "iVBORw0KGgoAAAANSUhEUgAAAAQAAAAECAIAAAAmkwkpAAAAEElEQVR42mOQi7oDRwzEcQAc8hVBLVPWiAAAAABJRU5E"
    "rkJggg==";

bool begins(const std::string& text, const std::string& start) {
    return text.rfind(start, 0) == 0;
}

Canned of_json(const json& body) {
    return {200, {{"Content-Type", "application/json"}}, body.dump()};
}

std::string wav() {
    using namespace std::string_literals;
    const auto riff = "RIFF\x2c\0\0\0WAVEfmt \x10\0\0\0"s;
    const auto format = "\x01\0\x01\0\xc0\x5d\0\0\x80\xbb\0\0\x02\0\x10\0"s;  // 24 kHz mono
    return riff + format + "data\x08\0\0\0"s + std::string(8, '\0');
}

json stream_events(const std::string& target) {
    if (begins(target, "/v1/messages")) {
        return json::array(
            {{{"type", "message_start"},
              {"message", {{"id", "m"}, {"role", "assistant"}, {"usage", {{"input_tokens", 1}}}}}},
             {{"type", "content_block_start"},
              {"index", 0},
              {"content_block", {{"type", "text"}, {"text", ""}}}},
             {{"type", "content_block_delta"},
              {"index", 0},
              {"delta", {{"type", "text_delta"}, {"text", "good"}}}},
             {{"type", "content_block_stop"}, {"index", 0}},
             {{"type", "message_delta"}, {"delta", {{"stop_reason", "end_turn"}}}},
             {{"type", "message_stop"}}});
    }
    return json::array(
        {{{"choices",
           {{{"index", 0}, {"delta", {{"content", "good"}}}, {"finish_reason", "stop"}}}}}});
}

Canned stream_reply(const Seen& request) {
    std::string body;
    for (const auto& event : stream_events(request.target)) {
        if (event.contains("type")) body += "event: " + event["type"].get<std::string>() + "\n";
        body += "data: " + event.dump() + "\n\n";
    }
    if (!begins(request.target, "/v1/messages")) body += "data: [DONE]\n\n";
    return {200, {{"Content-Type", "text/event-stream"}}, body};
}

Canned text_reply(const Seen& request) {
    if (begins(request.target, "/v1/messages")) {
        return of_json({{"type", "message"},
                        {"content", {{{"type", "text"}, {"text", "good"}}}},
                        {"stop_reason", "end_turn"},
                        {"usage", {{"input_tokens", 1}, {"output_tokens", 1}}}});
    }
    if (begins(request.target, "/v1beta")) {
        const bool image = request.target.find("image") != std::string::npos;
        const auto text = image ? "![image](data:image/png;base64," + std::string(tiny_png) + ")"
                                : std::string("good");
        return of_json({{"candidates",
                         {{{"content", {{"parts", {{{"text", text}}}}, {"role", "model"}}},
                           {"finishReason", "STOP"}}}}});
    }
    return of_json({{"choices",
                     {{{"index", 0},
                       {"message", {{"role", "assistant"}, {"content", "good"}}},
                       {"finish_reason", "stop"}}}}});
}

Canned poll_reply(const Seen& request, const std::string& base_url) {
    const auto link = base_url + "/results/clip.mp4";
    if (begins(request.target, "/v1/videos/")) {
        return of_json({{"id", example_remote_id},
                        {"status", "completed"},
                        {"progress", 100},
                        {"metadata", {{"url", link}}}});
    }
    return of_json({{"data", {{"status", "SUCCESS"}, {"progress", "100%"}, {"result_url", link}}}});
}

}  // namespace

std::string small_video() {
    return *decode_base64("AAAAGGZ0eXBpc29tAAACAGlzb21pc28yAAAACG1kYXQ=");
}

std::string url_for(const std::string& path) {
    for (const auto* known : {"/v1/messages", "/v1/images/generations", "/v1/audio/speech",
                              "/v1/video/generations", "/v1/videos"}) {
        if (begins(path, known)) return known;
    }
    return begins(path, "/v1beta/models/") ? path : "/v1/chat/completions";
}

json body_for(const std::string& url) {
    if (url == "/v1/messages") {
        return {{"model", "claude-sonnet-4-6"},
                {"max_tokens", 64},
                {"messages", {{{"role", "user"}, {"content", "hi"}}}}};
    }
    if (url == "/v1/images/generations") return {{"model", "gpt-image-2"}, {"prompt", "an apple"}};
    if (url == "/v1/audio/speech") {
        return {{"model", "qwen3-tts-flash"}, {"input", "hello"}, {"voice", "Cherry"}};
    }
    if (url == "/v1/videos") {
        return {{"model", "happyhorse-1.0-t2v"},
                {"input", {{"prompt", "a horse"}}},
                {"parameters", {{"resolution", "720P"}, {"duration", 5}}}};
    }
    if (url == "/v1/video/generations") {
        return {{"model", "doubao-seedance-2-0-260128"}, {"prompt", "a boy"}, {"duration", 4}};
    }
    if (begins(url, "/v1beta")) return {{"contents", {{{"parts", {{{"text", "hi"}}}}}}}};
    return {{"model", "gpt-5.4"}, {"messages", {{{"role", "user"}, {"content", "hi"}}}}};
}

Canned good_reply(const Seen& request, const std::string& base_url) {
    const auto& target = request.target;
    if (begins(target, "/v1/models"))
        return of_json({{"success", true}, {"data", {{{"id", "gpt-5.4"}}}}});
    if (request.method == "POST" && begins(target, "/v1/images")) {
        return of_json({{"created", 1}, {"data", {{{"b64_json", tiny_png}}}}});
    }
    if (request.method == "POST" && begins(target, "/v1/audio")) {
        return {200, {{"Content-Type", "audio/wav"}}, wav()};
    }
    if (request.method == "POST" && begins(target, "/v1/video")) {
        return of_json(
            {{"id", example_remote_id}, {"task_id", example_remote_id}, {"status", "queued"}});
    }
    if (request.method == "POST") {
        const bool stream = json::parse(request.body, nullptr, false).value("stream", false);
        return stream ? stream_reply(request) : text_reply(request);
    }
    if (target.find("/content") != std::string::npos || target.find(".mp4") != std::string::npos) {
        return {200, {{"Content-Type", "video/mp4"}}, small_video()};
    }
    if (target.find(".mp3") != std::string::npos)
        return {200, {{"Content-Type", "audio/wav"}}, wav()};
    if (target.find(".png") != std::string::npos) {
        return {200, {{"Content-Type", "image/png"}}, *decode_base64(tiny_png)};
    }
    return poll_reply(request, base_url);
}

}  // namespace nightshift::test
