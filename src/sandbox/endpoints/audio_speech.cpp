// POST /v1/audio/speech (wire contract 7 and 12; examples tts_*).
#include "sandbox/call/errors.hpp"
#include "sandbox/endpoints/endpoints.hpp"
#include "sandbox/media/speech.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace nightshift::sandbox {
namespace {

constexpr std::array<std::string_view, 20> qwen_voices{
    "Cherry", "Ethan", "Nofish", "Jennifer", "Ryan",    "Katerina", "Elias",
    "Jada",   "Dylan", "Sunny",  "li",       "Marcus",  "Roy",      "Peter",
    "Rocky",  "Kiki",  "Eric",   "Serena",   "Chelsie", "Vivian"};

bool is_minimax(const Call& call) {
    return call.model.starts_with("MiniMax/");
}

// qwen3-tts-flash ignores response_format; MiniMax speaks mp3 unless asked otherwise.
std::string format_of(const Call& call) {
    if (!is_minimax(call)) return "wav";
    const std::string asked = text_at(call.json, "response_format");
    return asked.empty() ? "mp3" : asked;
}

std::string speech_of(const Call& call, const std::string& format) {
    return speech_file({.roll = call.roll,
                        .text = text_at(call.json, "input"),
                        .rate = is_minimax(call) ? number_at(call.json, "speed", 1) : 1,
                        .format = format});
}

// The DashScope shape: a link instead of the sound.
Reply link_in_json(const Call& call, const std::string& link) {
    Dice dice(mix(call.roll, "id"));
    const Json audio{{"data", ""}, {"url", link}, {"id", "audio_" + dice.hex(12)}};
    return upstream_reply(200, Json{{"output", {{"finish_reason", "stop"}, {"audio", audio}}},
                                    {"request_id", dice.hex(32)}});
}

Reply redirected(const std::string& link) {
    Reply reply = bytes_reply(302, "text/html; charset=utf-8",
                              fmt::format("<a href=\"{}\">Found</a>.\n\n", link));
    reply.set_header("Location", link);
    return reply;
}

}  // namespace

std::optional<Reply> check_audio_speech(World& world, const Call& call) {
    const std::string input = text_at(call.json, "input");
    if (input.empty()) {
        return gateway_error(call, {500, "invalid_request", "field input is required"});
    }
    if (world.catalog().kind_of(call.model) != ModelKind::speech) {
        const std::string message = fmt::format("{} is not a speech model", call.model);
        return upstream_error(call, {400, "invalid_value", message}, "invalid_request_error");
    }
    if (is_minimax(call)) {
        static constexpr std::array<std::string_view, 4> formats{"mp3", "wav", "flac", "pcm"};
        const bool known =
            std::find(formats.begin(), formats.end(), format_of(call)) != formats.end();
        const double speed = number_at(call.json, "speed", 1);
        if (!known || speed < 0.5 || speed > 2 || input.size() > 30'000) {
            return gateway_error(call,
                                 {400, "bad_response", "minimax TTS error: 2013 - invalid params"});
        }
        return std::nullopt;
    }
    const std::string voice = text_at(call.json, "voice");
    const bool known =
        std::find(qwen_voices.begin(), qwen_voices.end(), voice) != qwen_voices.end();
    if (!voice.empty() && !known) {  // DashScope's own error, passed on with status 200
        return upstream_reply(200, Json{{"code", "InvalidParameter"},
                                        {"message", "Voice '" + voice + "' is not supported."},
                                        {"request_id", "q2"}});
    }
    return std::nullopt;
}

Reply do_audio_speech(World& world, const Call& call, const Fault& fault) {
    const std::string format = format_of(call);
    const std::string text = text_at(call.json, "input");
    const auto tenths = static_cast<int>(spoken_seconds(text, 1) * 10);
    const std::string name = fmt::format("speech_{}_{}.{}", call.roll, tenths, format);
    Reply reply;
    if (fault.form == "redirect") {
        reply = redirected(world.link_to(name, 86400));
    } else if (fault.form == "json_url") {
        reply = link_in_json(call, world.link_to(name, 86400));
    } else if (fault.form == "json_error") {
        reply = upstream_reply(200, Json{{"code", "Throttling.RateQuota"},
                                         {"message",
                                          "Requests rate limit exceeded, please try again "
                                          "later."},
                                         {"request_id", "q3"}});
    } else {
        const std::string type = is_minimax(call) ? "audio/mpeg" : "audio/wav";
        reply = bytes_reply(200, type, fault.form == "empty" ? "" : speech_of(call, format));
    }
    reply.seconds = world.options().latency_seconds * 2;
    return reply;
}

}  // namespace nightshift::sandbox
