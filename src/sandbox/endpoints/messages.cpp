// POST /v1/messages (wire contract 3; examples messages_ok_text, messages_ok_thinking_first_block,
// messages_stream_ok). Forms: converted, refusal, max_tokens, no_message_stop, error_tail,
// ping_first.
#include "sandbox/endpoints/endpoints.hpp"
#include "sandbox/media/base64.hpp"
#include "sandbox/media/sample_json.hpp"
#include "sandbox/media/sample_text.hpp"

#include <fmt/format.h>

namespace nightshift::sandbox {
namespace {

struct Answer {
    std::string id;
    std::string model;
    Json content = Json::array();
    std::string stop_reason = "end_turn";
    std::int64_t input_tokens = 0;
    std::int64_t output_tokens = 0;
    PromptCache::Use cached;  // beside the input tokens
};

std::string signature_of(const Call& call) {
    return base64("\x12" + sha256_hex(fmt::format("signature {}", call.roll)));
}

// The thinking block, or null when thinking is off. Opus 4.7 leaves its text out unless asked for a
// summary (wire contract 3.2).
Json thinking_of(const Call& call, const std::string& prompt) {
    const Json& thinking = value_at(call.json, "thinking");
    const std::string type = text_at(thinking, "type");
    if (type != "enabled" && type != "adaptive" && !call.model.ends_with("-thinking"))
        return nullptr;
    const bool silent =
        call.model.starts_with("claude-opus-4-7") && text_at(thinking, "display") != "summarized";
    return Json{{"type", "thinking"},
                {"thinking", silent ? "" : reasoning_for(call, prompt)},
                {"signature", signature_of(call)}};
}

// A call that forces a tool gets it, with arguments that fit its schema.
Json tool_of(const Call& call) {
    const std::string type = text_at(value_at(call.json, "tool_choice"), "type");
    const Json& tools = value_at(call.json, "tools");
    if ((type != "any" && type != "tool") || !tools.is_array() || tools.empty()) return nullptr;
    std::string name = text_at(value_at(call.json, "tool_choice"), "name");
    if (name.empty()) name = text_at(tools[0], "name");
    Dice dice(mix(call.roll, "tool"));
    return Json{{"type", "tool_use"},
                {"id", "toolu_01" + dice.alnum(22)},
                {"name", name},
                {"input", sample_json(value_at(tools[0], "input_schema"), call.roll)}};
}

std::int64_t tokens_of_block(const Json& block) {
    return tokens_of(text_at(block, "text")) + tokens_of(text_at(block, "thinking"));
}

Answer answer_for(const Call& call, const Fault& fault) {
    const std::string prompt = last_prompt(value_at(call.json, "messages"));
    const double asked = number_at(call.json, "max_tokens", 0);
    const auto room = static_cast<std::int64_t>(asked > 0 ? std::min(asked, 1e6) : 8192);
    Dice dice(mix(call.roll, "id"));
    Answer answer;
    answer.id = "msg_01" + dice.alnum(22);
    answer.model = call.model;
    answer.input_tokens = input_tokens_of(call);
    if (fault.form == "refusal") {
        answer.stop_reason = "refusal";
        answer.output_tokens = 1;
        return answer;
    }
    Json thinking = thinking_of(call, prompt);
    const Json tool = tool_of(call);
    if (!thinking.is_null()) answer.content.push_back(std::move(thinking));
    for (const Json& block : answer.content) answer.output_tokens += tokens_of_block(block);
    const std::int64_t left = room - answer.output_tokens;
    std::string text = answer_to(call, prompt);
    if (fault.form == "max_tokens" || tokens_of(text) > left) {
        text = first_tokens(text, fault.form == "max_tokens" ? 0 : std::max<std::int64_t>(0, left));
        answer.stop_reason = "max_tokens";
    }
    answer.output_tokens += tokens_of(text);
    if (!tool.is_null()) {
        answer.content.push_back(tool);
        answer.stop_reason = "tool_use";
    } else if (!text.empty()) {
        answer.content.push_back(Json{{"type", "text"}, {"text", text}});
    }
    return answer;
}

Json usage_of(const Answer& answer) {
    return Json{{"input_tokens", answer.input_tokens},
                {"cache_creation_input_tokens", answer.cached.written},
                {"cache_read_input_tokens", answer.cached.read},
                {"output_tokens", answer.output_tokens}};
}

Json message_of(const Answer& answer) {
    return Json{{"id", answer.id},           {"type", "message"},
                {"role", "assistant"},       {"model", answer.model},
                {"content", answer.content}, {"stop_reason", answer.stop_reason},
                {"stop_sequence", nullptr},  {"usage", usage_of(answer)}};
}

// Of a model on another kind of channel: one text block, no stop_sequence, two more usage fields
// (wire contract 3.3).
Reply converted(const Answer& answer) {
    Json message = message_of(answer);
    message.erase("stop_sequence");
    Json& usage = message["usage"];
    usage["claude_cache_creation_5_m_tokens"] = 0;
    usage["claude_cache_creation_1_h_tokens"] = 0;
    Json texts = Json::array();
    for (const Json& block : answer.content) {
        if (text_at(block, "type") == "text") texts.push_back(block);
    }
    if (texts.empty())
        message.erase("content");
    else
        message["content"] = texts;
    return gateway_reply(200, message);
}

// Two line feeds would do; the gateway sends three (wire contract 3.4).
std::string event(std::string_view type, const Json& data) {
    return fmt::format("event: {}\ndata: {}\n\n\n", type, plain_json(data));
}

void put_block(std::vector<std::string>& frames, std::size_t index, const Json& block) {
    const std::string type = text_at(block, "type");
    Json empty = block;
    for (const char* key : {"text", "thinking", "signature"}) {
        if (empty.contains(key)) empty[key] = "";
    }
    if (type == "tool_use") empty["input"] = Json::object();
    frames.push_back(
        event("content_block_start",
              Json{{"type", "content_block_start"}, {"index", index}, {"content_block", empty}}));
    const auto delta = [&](std::string_view kind, std::string_view key, const std::string& value) {
        const Json part{{"type", kind}, {std::string(key), value}};
        frames.push_back(
            event("content_block_delta",
                  Json{{"type", "content_block_delta"}, {"index", index}, {"delta", part}}));
    };
    for (const auto& piece : pieces_of(text_at(block, "thinking"))) {
        delta("thinking_delta", "thinking", piece);
    }
    if (type == "thinking") delta("signature_delta", "signature", text_at(block, "signature"));
    for (const auto& piece : pieces_of(text_at(block, "text"))) delta("text_delta", "text", piece);
    if (type == "tool_use") delta("input_json_delta", "partial_json", plain_json(block["input"]));
    frames.push_back(
        event("content_block_stop", Json{{"type", "content_block_stop"}, {"index", index}}));
}

Reply streamed(const Answer& answer, const Fault& fault) {
    std::vector<std::string> frames;
    if (fault.form == "ping_first") frames.emplace_back(": PING\n\n");
    Json start = message_of(answer);
    start["content"] = Json::array();
    start["stop_reason"] = nullptr;
    start["usage"]["output_tokens"] = 1;
    frames.push_back(
        event("message_start", Json{{"type", "message_start"}, {"message", std::move(start)}}));
    frames.emplace_back("event: ping\ndata: {\"type\": \"ping\"}\n\n\n");
    for (std::size_t i = 0; i < answer.content.size(); ++i) {
        put_block(frames, i, answer.content[i]);
    }
    if (fault.form == "error_tail") {
        frames.emplace_back(R"({"error":{"type":"overloaded_error","message":"Overloaded"},)"
                            R"("type":"error"})");
        return stream_reply(std::move(frames));
    }
    if (fault.form == "no_message_stop") return stream_reply(std::move(frames));
    const Json delta{{"stop_reason", answer.stop_reason}, {"stop_sequence", nullptr}};
    frames.push_back(
        event("message_delta",
              Json{{"type", "message_delta"}, {"delta", delta}, {"usage", usage_of(answer)}}));
    frames.push_back(event("message_stop", Json{{"type", "message_stop"}}));
    return stream_reply(std::move(frames));
}

}  // namespace

Reply do_messages(World& world, const Call& call, const Fault& fault) {
    Answer answer = answer_for(call, fault);
    answer.cached = world.prompts().as_marked(call);
    const auto beside = answer.cached.read + answer.cached.written;
    answer.input_tokens = std::max<std::int64_t>(1, answer.input_tokens - beside);
    const bool foreign = world.catalog().kind_of(call.model) != ModelKind::claude;
    Reply reply;
    if (call.wants_stream()) {
        reply = streamed(answer, fault);
    } else if (foreign || fault.form == "converted") {
        reply = converted(answer);
    } else {
        Json message = message_of(answer);
        Json& usage = message["usage"];
        usage["cache_creation"] = Json{{"ephemeral_5m_input_tokens", answer.cached.written},
                                       {"ephemeral_1h_input_tokens", 0}};
        usage["service_tier"] = "standard";
        reply = upstream_reply(200, message);
        reply.set_header("request-id", "req_" + answer.id.substr(4));
    }
    reply.output_tokens = answer.output_tokens;
    reply.seconds = world.options().latency_seconds;
    return reply;
}

}  // namespace nightshift::sandbox
