// POST /v1/chat/completions (wire contract 4; examples chat_ok, chat_stream_ok_usage).
#include "sandbox/call/errors.hpp"
#include "sandbox/endpoints/endpoints.hpp"
#include "sandbox/media/sample_text.hpp"

#include <fmt/format.h>

namespace nightshift::sandbox {
namespace {

struct Answer {
    std::string id;
    std::int64_t created_s = 0;
    std::string model;
    std::string text;
    std::string reasoning;
    std::string finish_reason;
    std::int64_t input_tokens = 0;
    std::int64_t output_tokens = 0;
    std::int64_t reasoning_tokens = 0;
    std::int64_t cached_tokens = 0;
};

// The families whose upstreams send reasoning_content, unless the call turns it off.
bool reasons(const Call& call) {
    bool family = false;
    for (const std::string_view name : {"DeepSeek-*", "GLM-*", "Kimi-*", "qwen*"}) {
        family = family || glob_matches(name, call.model);
    }
    const bool off = text_at(value_at(call.json, "thinking"), "type") == "disabled" ||
                     value_at(call.json, "enable_thinking") == false;
    return family && !off;
}

Answer answer_for(const Call& call, const Fault& fault) {
    const std::string prompt = last_prompt(value_at(call.json, "messages"));
    const double room =
        number_at(call.json, "max_completion_tokens", number_at(call.json, "max_tokens", 4096));
    const auto room_tokens = static_cast<std::int64_t>(std::max(1.0, std::min(room, 1e6)));
    Dice dice(mix(call.roll, "id"));
    Answer answer;
    answer.id = "chatcmpl-" + dice.alnum(24);
    answer.model = call.model;
    answer.finish_reason = "stop";
    answer.created_s = now_ms() / 1000;
    answer.input_tokens = input_tokens_of(call);
    if (reasons(call)) answer.reasoning = reasoning_for(call, prompt);
    answer.text = answer_to(call, prompt);
    if (tokens_of(answer.reasoning) > room_tokens) {
        answer.reasoning = first_tokens(answer.reasoning, room_tokens);
        answer.text.clear();
        answer.finish_reason = "length";
    }
    answer.reasoning_tokens = tokens_of(answer.reasoning);
    const std::int64_t left = room_tokens - answer.reasoning_tokens;
    if (tokens_of(answer.text) > left) {
        answer.text = first_tokens(answer.text, left);
        answer.finish_reason = "length";
    }
    if (fault.form == "length" || fault.form == "content_filter") {
        answer.text.clear();
        answer.finish_reason = fault.form;
    }
    answer.output_tokens = answer.reasoning_tokens + tokens_of(answer.text);
    return answer;
}

Json usage_of(const Answer& answer) {
    return Json{
        {"prompt_tokens", answer.input_tokens},
        {"completion_tokens", answer.output_tokens},
        {"total_tokens", answer.input_tokens + answer.output_tokens},
        {"prompt_tokens_details", {{"cached_tokens", answer.cached_tokens}, {"audio_tokens", 0}}},
        {"completion_tokens_details",
         {{"reasoning_tokens", answer.reasoning_tokens},
          {"audio_tokens", 0},
          {"accepted_prediction_tokens", 0},
          {"rejected_prediction_tokens", 0}}}};
}

Reply whole(const Call& call, const Answer& answer, const Fault& fault) {
    Json message{{"role", "assistant"}, {"content", answer.text}};
    if (fault.form == "null_content") message["content"] = nullptr;
    if (reasons(call)) message["reasoning_content"] = answer.reasoning;
    if (!reasons(call)) {
        message["refusal"] = nullptr;
        message["annotations"] = Json::array();
    }
    Json choice{{"index", 0},
                {"message", std::move(message)},
                {"logprobs", nullptr},
                {"finish_reason", answer.finish_reason}};
    Json choices = Json::array();
    if (fault.form != "empty_choices") choices.push_back(std::move(choice));
    Reply reply = upstream_reply(200, Json{{"id", answer.id},
                                           {"object", "chat.completion"},
                                           {"created", answer.created_s},
                                           {"model", answer.model},
                                           {"choices", std::move(choices)},
                                           {"usage", usage_of(answer)},
                                           {"service_tier", "default"},
                                           {"system_fingerprint", nullptr}});
    reply.set_header("x-request-id", "req_" + answer.id.substr(9, 8));
    return reply;
}

std::string frame(const Json& chunk) {
    return "data: " + plain_json(chunk) + "\n\n";
}

Json chunk_of(const Answer& answer, const Json& choices) {
    return Json{
        {"id", answer.id},       {"object", "chat.completion.chunk"}, {"created", answer.created_s},
        {"model", answer.model}, {"system_fingerprint", nullptr},     {"choices", choices}};
}

std::string delta_frame(const Answer& answer, const Json& delta, const Json& finish = nullptr) {
    const Json choice{
        {"index", 0}, {"delta", delta}, {"logprobs", nullptr}, {"finish_reason", finish}};
    return frame(chunk_of(answer, Json::array({choice})));
}

Reply streamed(const Call& call, const Answer& answer, const Fault& fault) {
    std::vector<std::string> frames;
    if (fault.form == "empty_stream") return stream_reply({"data: [DONE]\n\n"});
    if (fault.form == "ping_first") frames.emplace_back(": PING\n\n");
    const bool thinks = !answer.reasoning.empty();
    Json first{{"role", "assistant"}, {"content", thinks ? Json() : Json("")}};
    if (thinks) first["reasoning_content"] = "";
    frames.push_back(delta_frame(answer, first));
    for (const std::string& piece : pieces_of(answer.reasoning)) {
        frames.push_back(delta_frame(answer, {{"content", nullptr}, {"reasoning_content", piece}}));
    }
    for (const std::string& piece : pieces_of(answer.text)) {
        frames.push_back(delta_frame(answer, Json{{"content", piece}}));
    }
    if (fault.form == "error_in_stream") {
        const Json error{
            {"message", "internal error"}, {"type", "server_error"}, {"code", "internal_error"}};
        frames.push_back(frame(Json{{"error", error}}));
    } else if (fault.form != "no_finish_reason") {
        frames.push_back(delta_frame(answer, Json{{"content", ""}}, answer.finish_reason));
    }
    const Json& wants = value_at(value_at(call.json, "stream_options"), "include_usage");
    if (wants != false && fault.form != "error_in_stream") {
        Json last = chunk_of(answer, Json::array());
        last["usage"] = usage_of(answer);
        frames.push_back(frame(last));
    }
    frames.emplace_back("data: [DONE]\n\n");
    return stream_reply(std::move(frames));
}

}  // namespace

std::optional<Reply> check_chat_completions(World& world, const Call& call) {
    const Json& messages = value_at(call.json, "messages");
    if (!messages.is_array() || messages.empty()) {
        return gateway_error(call, {500, "invalid_request", "field messages is required"});
    }
    if (!is_text(world.catalog().kind_of(call.model))) {
        const std::string message =
            fmt::format("Model {} does not support chat completions", call.model);
        return upstream_error(call, {400, "model_not_supported", message}, "invalid_request_error");
    }
    const Json& temperature = value_at(call.json, "temperature");
    if (glob_matches("Kimi-*", call.model) && temperature.is_number()) {
        const bool off = text_at(value_at(call.json, "thinking"), "type") == "disabled";
        const double allowed = off ? 0.6 : 1.0;
        if (temperature.get<double>() != allowed) {
            const std::string message =
                fmt::format("invalid temperature: only {:g} is allowed for this model", allowed);
            return upstream_error(call, {400, "", message}, "invalid_request_error");
        }
    }
    return std::nullopt;
}

Reply do_chat_completions(World& world, const Call& call, const Fault& fault) {
    Answer answer = answer_for(call, fault);
    answer.cached_tokens = world.prompts().by_itself(call).read;
    Reply reply = call.wants_stream() ? streamed(call, answer, fault) : whole(call, answer, fault);
    reply.output_tokens = answer.output_tokens;
    reply.seconds = world.options().latency_seconds;
    return reply;
}

}  // namespace nightshift::sandbox
