// Text by Anthropic's protocol.
//
//   POST /v1/messages  ->  {"content":[{"type":"text","text"},...],"stop_reason","usage"}
//                          or the same as a stream of events
//
// With thinking on the first block is not text. Source: wire contract 3.3, 3.4.

#include "jobs/messages_stream.hpp"
#include "jobs/stream_reply.hpp"
#include "jobs/text_reply.hpp"

namespace nightshift::jobs {

Job messages();

namespace {

struct StopRow {
    std::string_view word;
    Ending ending;
};

constexpr StopRow stop_rows[] = {
    {"max_tokens", Ending::cut},
    {"model_context_window_exceeded", Ending::cut},
    {"pause_turn", Ending::cut},
    {"refusal", Ending::refused},
};

Usage usage_of(JsonElement root) {
    return {.input_tokens = integer_at(root, "usage.input_tokens"),
            .output_tokens = integer_at(root, "usage.output_tokens"),
            .reasoning_tokens = {},
            .cached_tokens = integer_at(root, "usage.cache_read_input_tokens")};
}

TextAnswer answer_of(JsonElement root) {
    TextAnswer answer;
    answer.text = string_at(root, "content");  // some gateways flatten a lone text block
    for (const auto block : array_at(root, "content")) {
        const auto type = string_at(block, "type");
        if (type == "text") answer.text += string_at(block, "text");
        if (type == "thinking") append(answer.reasoning, string_at(block, "thinking"), "\n\n");
        if (type == "tool_use") answer.tool_calls = true;
    }
    const auto reason = string_at(root, "stop_reason");
    if (!reason.empty()) answer.finish_reason = reason;
    for (const auto& row : stop_rows) {
        if (row.word == reason) answer.ending = row.ending;
    }
    answer.usage = usage_of(root);
    return answer;
}

Async<Outcome> run(const Task& task, Attempt& attempt) {
    auto reply = co_await attempt.post(false);
    const auto operation = operation_of("post", task.path);
    auto whole = read_whole(std::move(reply.body), operation, message_of_stream);
    auto answer = answer_of(whole.json.root());
    co_return outcome_of(std::move(answer), operation, std::move(whole.text));
}

}  // namespace

Job messages() {
    Job job;
    job.endpoint = "messages";
    job.group = Group::text;
    job.resend = Resend::all;
    job.timeout_s = 600;  // an answer of 128k tokens takes minutes
    job.key_header = "x-api-key";
    job.headers = {{"anthropic-version", "2023-06-01"}};
    job.run = run;
    return job;
}

}  // namespace nightshift::jobs
