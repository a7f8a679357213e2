#include "jobs/media/speech_reply.hpp"

#include "jobs/media/image_reply.hpp"
#include "jobs/media/sound_finder.hpp"
#include "jobs/protocol/error_object.hpp"
#include "jobs/protocol/json_reply.hpp"
#include "jobs/protocol/text_reply.hpp"

#include <fmt/format.h>

namespace nightshift::jobs {
namespace {

Speech speech_of_json(JsonElement root, std::string_view body, const Task& task) {
    auto sound = sound_in_json(root, asked_format(task) == "pcm");
    if (sound.bytes.empty() && sound.link.empty()) {
        fail_unknown("no_audio",
                     fmt::format("{}: the reply holds no audio", operation_of("post", task.path)));
    }
    return {.bytes = std::move(sound.bytes),
            .link = std::move(sound.link),
            .shown = without_base64(body),
            .model = model_at(root, "model")};
}

}  // namespace

Speech speech_of(http::Reply reply, const Task& task) {
    const auto operation = operation_of("post", task.path);
    const auto location = std::string(reply.header("location"));
    if (reply.status >= 300) {
        // Sent on to the same endpoint: a base URL that is spelled differently, and no audio.
        if (location.find(task.path) != std::string::npos) {
            throw Failed({.kind = Kind::misconfigured,
                          .code = "redirect",
                          .message = fmt::format("{}: HTTP {}: redirected to {}; set the base URL "
                                                 "to where it leads",
                                                 operation, reply.status, gateway_words(location)),
                          .http_status = reply.status});
        }
        return {.bytes = {},
                .link = location,
                .shown = fmt::format(R"({{"location":{}}})", json_string(location))};
    }
    if (reply.body.empty()) {
        fail_unknown("empty_reply", fmt::format("{}: the reply is empty", operation));
    }
    const auto meat = meat_of(reply.body);
    auto json = meat.starts_with('{') ? Json::parse(meat) : std::nullopt;
    if (json) {
        const auto text = std::move(*json).text_of(std::string(meat));
        return speech_of_json(json->root(), text, task);
    }
    auto shown = fmt::format(R"({{"content_type":{},"bytes":{}}})",
                             json_string(reply.header("content-type")), reply.body.size());
    return {.bytes = std::move(reply.body), .link = {}, .shown = std::move(shown)};
}

std::string asked_format(const Task& task) {
    const auto body = Json::parse(task.body);
    return body ? std::string(string_at(body->root(), "response_format")) : std::string();
}

bool is_asked_format(std::string_view asked, std::string_view path) {
    if (asked.empty()) return true;
    const auto got = path.substr(path.rfind('.') + 1);
    const bool ogg = asked == "opus" || asked == "ogg";
    return got == asked || (ogg && (got == "ogg" || got == "opus"));
}

}  // namespace nightshift::jobs
