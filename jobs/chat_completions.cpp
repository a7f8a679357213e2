// Text by OpenAI's protocol; GPT, DeepSeek, GLM, Kimi and Qwen models speak it here.
//
//   POST /v1/chat/completions  ->  {"choices":[{"message":{"content"},"finish_reason"}],"usage"}
//                                  or the same as a stream of chunks
//
// Reasoning models may spend the whole token limit before the answer: `length` with an empty
// content is no answer. Source: wire contract 4.2, 4.3.

#include "jobs/protocol/text_reply.hpp"
#include "jobs/protocol/token_usage.hpp"
#include "jobs/protocol/verdict.hpp"
#include "jobs/streams/chat_stream.hpp"
#include "jobs/streams/stream_reply.hpp"

#include <fmt/format.h>

namespace nightshift::jobs {

Job chat_completions();

namespace {

// What an aggregator says of a provider that failed in the middle of the answer.
void fail_if_error(JsonElement choice, std::string_view operation) {
    if (!find_value(choice, "error")) return;
    const auto error = error_object_of(json_of(choice));
    if (!error.present) return;
    auto failure = failure_of_error(error, 200, true);
    failure.message = fmt::format("{}: in the answer: {}", operation, failure.message);
    throw Failed(std::move(failure));
}

// Some gateways wrap the whole completion.
JsonElement completion_in(JsonElement reply) {
    for (const auto place : {"output", "data", "response", "result"}) {
        const auto inner = find_value(reply, place);
        if (inner && find_value(*inner, "choices.0") && !find_value(reply, "choices.0")) {
            return *inner;
        }
    }
    return reply;
}

// In the form of the older completions the text stands in the choice itself.
std::string text_of_choice(JsonElement choice) {
    for (const auto place : {"message.content", "text", "message", "delta.content", "content"}) {
        auto text = text_at(choice, place);
        if (!text.empty()) return text;
    }
    return {};
}

TextAnswer answer_of(JsonElement reply, std::string_view operation) {
    const auto root = completion_in(reply);
    auto choice = find_value(root, "choices.0");
    if (!choice && !text_at(root, "output").empty())
        choice = find_value(root, "output");  // Alibaba's
    if (!choice) {
        fail_unknown("no_choices", fmt::format("{}: the reply has no choices", operation));
    }
    fail_if_error(*choice, operation);
    TextAnswer answer;
    answer.text = text_of_choice(*choice);
    answer.reasoning = string_at(*choice, "message.reasoning_content");
    if (answer.reasoning.empty()) answer.reasoning = string_at(*choice, "message.reasoning");
    answer.tool_calls =
        find_value(*choice, "message.tool_calls.0") || find_value(*choice, "message.function_call");
    note_finish(answer, string_at(*choice, "finish_reason"));
    const bool refused = !string_at(*choice, "message.refusal").empty();
    if (refused && is_blank(answer.text)) answer.ending = Ending::refused;
    answer.model = model_at(root, "model");
    const auto counted = find_value(root, "usage") ? root : reply;
    answer.usage = usage_of(counted, CacheCounts::within_input);
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
    job.of_stream = completion_of_stream;
    return job;
}

}  // namespace nightshift::jobs
