// Text by OpenAI's protocol; GPT, DeepSeek, GLM, Kimi and Qwen models speak it here.
//
//   POST /v1/chat/completions  ->  {"choices":[{"message":{"content"},"finish_reason"}],"usage"}
//                                  or the same as a stream of chunks
//
// Reasoning models may spend the whole token limit before the answer: `length` with an empty
// content is no answer. Source: wire contract 4.2, 4.3.

#include "jobs/chat_stream.hpp"
#include "jobs/stream_reply.hpp"
#include "jobs/text_reply.hpp"
#include "jobs/verdict.hpp"

#include <fmt/format.h>

namespace nightshift::jobs {

Job chat_completions();

namespace {

struct FinishRow {
    std::string_view word;
    Ending ending;
};

constexpr FinishRow finish_rows[] = {
    {"length", Ending::cut},
    {"max_tokens", Ending::cut},
    {"content_filter", Ending::refused},
    {"sensitive", Ending::refused},  // Zhipu's word
    {"refusal", Ending::refused},
    {"insufficient_system_resource", Ending::overloaded},  // DeepSeek's
    {"network_error", Ending::broken},                     // Zhipu's
    {"error", Ending::broken},
};

std::optional<std::int64_t> first_of(JsonElement root,
                                     std::initializer_list<std::string_view> paths) {
    for (const auto path : paths) {
        if (const auto number = integer_at(root, path)) return number;
    }
    return std::nullopt;
}

Usage usage_of(JsonElement root) {
    const auto usage = find_value(root, "usage");
    if (!usage) return {};
    return {.input_tokens = first_of(*usage, {"prompt_tokens", "input_tokens"}),
            .output_tokens = first_of(*usage, {"completion_tokens", "output_tokens"}),
            .reasoning_tokens = integer_at(*usage, "completion_tokens_details.reasoning_tokens"),
            .cached_tokens = first_of(
                *usage, {"prompt_tokens_details.cached_tokens", "prompt_cache_hit_tokens"})};
}

// What an aggregator says of a provider that failed in the middle of the answer.
void fail_if_error(JsonElement choice, std::string_view operation) {
    if (!find_value(choice, "error")) return;
    const auto error = error_object_of(json_of(choice));
    if (!error.present) return;
    auto failure = failure_of_error(error, 200, true);
    failure.message = fmt::format("{}: in the answer: {}", operation, failure.message);
    throw Failed(std::move(failure));
}

TextAnswer answer_of(JsonElement root, std::string_view operation) {
    const auto choice = find_value(root, "choices.0");
    if (!choice) {
        fail_unknown("no_choices", fmt::format("{}: the reply has no choices", operation));
    }
    fail_if_error(*choice, operation);
    TextAnswer answer;
    answer.text = string_at(*choice, "message.content");
    for (const auto part : array_at(*choice, "message.content")) {
        answer.text += string_at(part, "text");
    }
    answer.reasoning = string_at(*choice, "message.reasoning_content");
    if (answer.reasoning.empty()) answer.reasoning = string_at(*choice, "message.reasoning");
    answer.tool_calls =
        find_value(*choice, "message.tool_calls.0") || find_value(*choice, "message.function_call");
    const auto reason = string_at(*choice, "finish_reason");
    if (!reason.empty()) answer.finish_reason = reason;
    for (const auto& row : finish_rows) {
        if (row.word == reason) answer.ending = row.ending;
    }
    const bool refused = !string_at(*choice, "message.refusal").empty();
    if (refused && is_blank(answer.text)) answer.ending = Ending::refused;
    answer.usage = usage_of(root);
    return answer;
}

Async<Outcome> run(const Task& task, Attempt& attempt) {
    auto reply = co_await attempt.post(false);
    const auto operation = operation_of("post", task.path);
    auto whole = read_whole(std::move(reply.body), operation, completion_of_stream);
    auto answer = answer_of(whole.json.root(), operation);
    co_return outcome_of(std::move(answer), operation, std::move(whole.text));
}

}  // namespace

Job chat_completions() {
    Job job;
    job.endpoint = "chat_completions";
    job.group = Group::text;
    job.resend = Resend::all;
    job.timeout_s = 600;  // reasoning at full length takes minutes
    job.run = run;
    return job;
}

}  // namespace nightshift::jobs
