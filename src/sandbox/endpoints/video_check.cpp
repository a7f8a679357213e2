// What the gateway and the providers refuse of a video submit (wire contract 8.2, 8.3, 8.8;
// examples seedance_submit_prompt_required, video_submit_data_inspection_400).
#include "sandbox/call/errors.hpp"
#include "sandbox/endpoints/endpoints.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <initializer_list>

namespace nightshift::sandbox {
namespace {

using Refusal = std::optional<Reply>;

Refusal gateway_refusal(std::string_view message) {
    return flat_error({400, "invalid_request", std::string(message)});
}

// Alibaba's error as the gateway wraps it: its body is a string in `message`.
Refusal provider_refusal(std::string_view message) {
    const Json inner{{"request_id", "7f1d"}, {"code", "InvalidParameter"}, {"message", message}};
    return flat_error({400, "fail_to_fetch_task", plain_json(inner)});
}

Refusal ark_refusal(std::string_view parameter, std::string_view message) {
    const Json error{{"code", "InvalidParameter"},
                     {"message", fmt::format("{} Request id: 0217", message)},
                     {"param", parameter},
                     {"type", "BadRequest"}};
    return flat_error({400, "fail_to_fetch_task", plain_json(Json{{"error", error}})});
}

bool is_one_of(const Json& value, std::initializer_list<std::string_view> words) {
    return value.is_string() &&
           std::find(words.begin(), words.end(), value.get<std::string>()) != words.end();
}

bool is_whole_between(const Json& value, double low, double high) {
    return value.is_number() && std::floor(value.get<double>()) == value.get<double>() &&
           value.get<double>() >= low && value.get<double>() <= high;
}

struct Media {
    int images = 0;
    int references = 0;
    int videos = 0;
    int total = 0;
    bool web = true;  // every url is http(s)
};

Media media_of(const Json& input) {
    Media media;
    for (const Json& item : value_at(input, "media")) {
        const std::string type = text_at(item, "type");
        const std::string url = text_at(item, "url");
        media.images += type == "input_image" ? 1 : 0;
        media.references += type == "reference_image" ? 1 : 0;
        media.videos += type == "video" ? 1 : 0;
        media.total += 1;
        media.web = media.web && (url.starts_with("https://") || url.starts_with("http://"));
    }
    return media;
}

Refusal check_media(const Call& call) {
    const Media media = media_of(value_at(call.json, "input"));
    if (!media.web) return provider_refusal("media.url must be a public http(s) url");
    if (call.model.ends_with("-t2v") && media.total != 0) {
        return provider_refusal("media is not supported by this model");
    }
    if (call.model.ends_with("-i2v") && (media.images != 1 || media.total != 1)) {
        return provider_refusal("media must hold exactly one input_image");
    }
    if (call.model.ends_with("-r2v") &&
        (media.references < 1 || media.references > 9 || media.total != media.references)) {
        return provider_refusal("media must hold 1 to 9 reference_image");
    }
    if (call.model.ends_with("-video-edit") &&
        (media.videos != 1 || media.references > 5 || media.total != 1 + media.references)) {
        return provider_refusal("media must hold exactly one video and at most 5 reference_image");
    }
    return std::nullopt;
}

Refusal check_parameters(const Call& call) {
    const Json& parameters = value_at(call.json, "parameters");
    const Json& resolution = value_at(parameters, "resolution");
    const Json& ratio = value_at(parameters, "ratio");
    const Json& duration = value_at(parameters, "duration");
    const Json& watermark = value_at(parameters, "watermark");
    const bool edit = call.model.ends_with("-video-edit");
    if (!parameters.is_null() && !parameters.is_object()) {
        return provider_refusal("parameters must be an object");
    }
    if (!resolution.is_null() && !is_one_of(resolution, {"720P", "1080P"})) {
        return provider_refusal("resolution must be 720P or 1080P");
    }
    if (!watermark.is_null() && !watermark.is_boolean()) {
        return provider_refusal("watermark must be a boolean");
    }
    if (!ratio.is_null() && (edit || call.model.ends_with("-i2v"))) {
        return provider_refusal("ratio is not supported by this model");
    }
    if (!ratio.is_null() &&
        !is_one_of(ratio, {"16:9", "9:16", "1:1", "4:3", "3:4", "4:5", "5:4", "9:21", "21:9"})) {
        return provider_refusal("ratio is not valid");
    }
    if (edit && !duration.is_null()) {
        return provider_refusal("parameters.duration is not supported by this model");
    }
    if (!edit && !duration.is_null() && !is_whole_between(duration, 3, 15)) {
        return provider_refusal("duration must be an integer between 3 and 15");
    }
    const Json& audio = value_at(parameters, "audio_setting");
    if (!audio.is_null() && (!edit || !is_one_of(audio, {"auto", "origin"}))) {
        return provider_refusal("audio_setting must be auto or origin");
    }
    return std::nullopt;
}

Refusal check_happyhorse(const Call& call) {
    const Json& input = value_at(call.json, "input");
    if (text_at(input, "prompt").empty()) return gateway_refusal("input.prompt is required");
    if (call.model.ends_with("-video-edit") &&
        !is_whole_between(value_at(call.json, "duration"), 3, 15)) {
        return gateway_refusal("duration is required at the top level, 3 to 15");
    }
    if (auto refusal = check_media(call)) return refusal;
    return check_parameters(call);
}

Refusal check_seedance(const Call& call) {
    const Json& resolution = value_at(call.json, "resolution");
    const Json& ratio = value_at(call.json, "ratio");
    const Json& duration = value_at(call.json, "duration");
    const Json& audio = value_at(call.json, "generate_audio");
    if (text_at(call.json, "prompt").empty()) return gateway_refusal("prompt is required");
    if (!resolution.is_null() && !is_one_of(resolution, {"480p", "720p", "1080p"})) {
        return ark_refusal("resolution", "The parameter resolution is not valid.");
    }
    if (!ratio.is_null() &&
        !is_one_of(ratio, {"16:9", "9:16", "1:1", "21:9", "4:3", "3:4", "adaptive"})) {
        return ark_refusal("ratio", "The parameter ratio is not valid.");
    }
    if (!duration.is_null() && !is_whole_between(duration, 4, 15)) {
        return ark_refusal("duration", "The parameter duration is not valid.");
    }
    if (!audio.is_null() && !audio.is_boolean()) {
        return ark_refusal("generate_audio", "The parameter generate_audio is not valid.");
    }
    return std::nullopt;
}

}  // namespace

std::optional<Reply> check_video(World& world, const Call& call) {
    switch (world.catalog().kind_of(call.model)) {
        case ModelKind::happyhorse:
            return check_happyhorse(call);
        case ModelKind::seedance:
            return check_seedance(call);
        default:
            return flat_error({400, "invalid_api_platform",
                               fmt::format("model {} is not a video model", call.model)});
    }
}

}  // namespace nightshift::sandbox
