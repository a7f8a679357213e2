// Text by Anthropic's protocol.
//
//   POST /v1/messages  ->  {"content":[{"type":"text","text"},...],"stop_reason","usage"}
//                          or the same as a stream of events
//
// With thinking on the first block is not text. Source: wire contract 3.3, 3.4.

#include "jobs/protocol/text_reply.hpp"
#include "jobs/protocol/token_usage.hpp"
#include "jobs/streams/messages_stream.hpp"
#include "jobs/streams/stream_reply.hpp"

namespace nightshift::jobs {

Job messages();

namespace {

TextAnswer answer_of(JsonElement root) {
    TextAnswer answer;
    answer.text = text_at(root, "content");  // some gateways flatten a lone text block
    if (answer.text.empty()) answer.text = text_at(root, "completion");  // the older protocol
    for (const auto block : array_at(root, "content")) {
        const auto type = string_at(block, "type");
        if (type == "thinking") append(answer.reasoning, string_at(block, "thinking"), "\n\n");
        if (type == "tool_use") answer.tool_calls = true;
    }
    note_finish(answer, string_at(root, "stop_reason"));
    answer.model = model_at(root, "model");
    answer.usage = usage_of(root, CacheCounts::beside_input);
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
    job.of_stream = message_of_stream;
    return job;
}

}  // namespace nightshift::jobs
