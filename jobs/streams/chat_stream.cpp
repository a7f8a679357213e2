#include "jobs/streams/chat_stream.hpp"

#include "jobs/protocol/json_reply.hpp"
#include "jobs/protocol/text_reply.hpp"
#include "jobs/protocol/token_usage.hpp"
#include "jobs/streams/stream_reply.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>

namespace nightshift::jobs {
namespace {

struct ToolCall {
    std::string id, name, arguments;
};

struct Choice {
    std::string content, reasoning, refusal, finish_reason;
    std::map<std::int64_t, ToolCall> calls;
};

struct Completion {
    std::string id, model, created = "null", usage = "null";
    std::map<std::int64_t, Choice> choices;
};

void take_delta(Choice& choice, JsonElement delta) {
    choice.content += text_at(delta, "content");
    const auto reasoning = string_at(delta, "reasoning_content");
    choice.reasoning += reasoning.empty() ? string_at(delta, "reasoning") : reasoning;
    choice.refusal += string_at(delta, "refusal");
    for (const auto piece : array_at(delta, "tool_calls")) {
        auto& call = choice.calls[integer_at(piece, "index").value_or(0)];
        if (call.id.empty()) call.id = string_at(piece, "id");
        if (call.name.empty()) call.name = string_at(piece, "function.name");
        call.arguments += string_at(piece, "function.arguments");
    }
}

void take_frame(Completion& completion, JsonElement frame) {
    if (completion.id.empty()) completion.id = string_at(frame, "id");
    if (completion.model.empty()) completion.model = string_at(frame, "model");
    if (const auto created = find_value(frame, "created")) completion.created = json_of(*created);
    // Moonshot and Groq have it elsewhere.
    for (const auto place : {"usage", "choices.0.usage", "x_groq.usage"}) {
        const auto usage = find_value(frame, place);
        if (usage) completion.usage = merged_usage(completion.usage, *usage);
    }
    for (const auto piece : array_at(frame, "choices")) {
        auto& choice = completion.choices[integer_at(piece, "index").value_or(0)];
        if (const auto delta = find_value(piece, "delta")) take_delta(choice, *delta);
        choice.content += text_at(piece, "text");  // the older completions
        // Some upstreams end a stream with the whole message instead of a delta.
        const auto message = find_value(piece, "message");
        if (message && choice.content.empty()) take_delta(choice, *message);
        const auto reason = string_at(piece, "finish_reason");
        if (!reason.empty()) choice.finish_reason = reason;
    }
}

std::string json_of_choice(std::int64_t index, const Choice& choice) {
    std::string calls;
    for (const auto& [number, call] : choice.calls) {
        calls += fmt::format(R"({}{{"id":{},"type":"function","function":)"
                             R"({{"name":{},"arguments":{}}}}})",
                             calls.empty() ? "" : ",", json_string(call.id), json_string(call.name),
                             json_string(call.arguments));
    }
    auto member = [](std::string_view name, const std::string& text) {
        return text.empty() ? std::string() : fmt::format(R"(,"{}":{})", name, json_string(text));
    };
    return fmt::format(R"({{"index":{},"message":{{"role":"assistant","content":{}{}{}{}}},)"
                       R"("finish_reason":{}}})",
                       index, json_string(choice.content),
                       member("reasoning_content", choice.reasoning),
                       member("refusal", choice.refusal),
                       calls.empty() ? "" : fmt::format(R"(,"tool_calls":[{}])", calls),
                       json_string(choice.finish_reason));
}

}  // namespace

std::string completion_of_stream(std::string_view body, std::string_view operation) {
    Completion completion;
    const auto end =
        read_frames(body, [&completion](JsonElement frame) { take_frame(completion, frame); });
    const auto& all = completion.choices;
    const bool finished = std::all_of(all.begin(), all.end(), [](const auto& each) {
        return !each.second.finish_reason.empty();
    });
    require_complete(finished && !all.empty(), end, operation);
    std::string choices;
    for (const auto& [index, choice] : all) {
        if (!choices.empty()) choices += ',';
        choices += json_of_choice(index, choice);
    }
    return join_torn_characters(
        fmt::format(R"({{"id":{},"object":"chat.completion","created":{},"model":{},)"
                    R"("choices":[{}],"usage":{}}})",
                    json_string(completion.id), completion.created, json_string(completion.model),
                    choices, completion.usage));
}

}  // namespace nightshift::jobs
