// Text and images by Gemini's protocol.
//
//   POST /v1beta/models/{model}:generateContent  ->
//       {"candidates":[{"content":{"parts":[...]},"finishReason"}],"usageMetadata"}
//
// Images come as inlineData or, on this gateway, inside a text part. Source: wire contract 5.2-5.4.

#include "jobs/media/image_reply.hpp"
#include "jobs/protocol/error_object.hpp"
#include "jobs/protocol/note_keys.hpp"
#include "jobs/streams/generate_content_reply.hpp"
#include "jobs/streams/generate_content_stream.hpp"
#include "jobs/streams/stream_reply.hpp"

#include <fmt/format.h>

namespace nightshift::jobs {

Job generate_content();

namespace {

Group group_of(const Task& task) {
    return asks_for_images(task) ? Group::image : Group::text;
}

void require_candidates(JsonElement root, std::string_view operation) {
    if (find_value(root, "candidates.0")) return;
    const auto reason = string_at(root, "promptFeedback.blockReason");
    if (!reason.empty()) {
        auto message = fmt::format("{}: the prompt was blocked: {}", operation, reason);
        Outcome answer;
        answer.usage = usage_of_content(root);
        throw FailedAnswer(known_failure(Kind::content_rejected, reason, std::move(message)),
                           std::move(answer));
    }
    fail_unknown("no_candidates", fmt::format("{}: the reply has no candidates", operation));
}

// `shown`: the body without base64.
Async<Outcome> image_outcome(ContentAnswer answer, std::string shown, std::string operation,
                             Attempt& attempt) {
    const auto found = co_await harvest(std::move(answer.images), attempt);
    const bool whole = answer.ending == Ending::whole || answer.ending == Ending::broken;
    if (found.outputs.empty() && !whole && !found.cause) {
        answer.text.clear();  // words without the image are no answer
        co_return outcome_of(std::move(answer), operation, std::move(shown));
    }
    auto words = gateway_words(answer.text.substr(0, 200));
    auto message = fmt::format("{}: no usable image in the reply{}{}", operation,
                               words.empty() ? "" : ": ", words);
    Outcome outcome;
    if (!is_blank(answer.text)) outcome.text = std::move(answer.text);
    if (!answer.reasoning.empty()) outcome.reasoning = std::move(answer.reasoning);
    outcome.finish_reason = std::move(answer.finish_reason);
    if (found.missing > 0) outcome.flags.emplace_back("partial");
    if (answer.ending == Ending::cut) outcome.flags.emplace_back("truncated");
    outcome.model = std::move(answer.model);
    outcome.usage = answer.usage;
    co_await require_some(found, std::move(message), outcome, attempt);
    outcome.outputs = found.outputs;
    outcome.reply = std::move(shown);
    co_return outcome;
}

// `body` becomes one piece.
ContentAnswer answer_in(std::string& body, bool images, std::string_view operation) {
    if (meat_of(body).starts_with('[')) body = content_of_stream(body, operation);
    auto whole = read_whole(std::move(body), operation, content_of_stream);
    body = std::move(whole.text);
    require_candidates(whole.json.root(), operation);
    return answer_of_content(whole.json.root(), images);
}

Async<Outcome> run(const Task& task, Attempt& attempt) {
    auto body = co_await paid_body(attempt);
    const auto operation = operation_of("post", task.path);
    const bool images = asks_for_images(task);
    ContentAnswer answer;
    std::string shown;
    const std::function<void()> read = [&] {
        answer = answer_in(body, images, operation);
        if (images || !answer.images.empty()) shown = without_base64(body);
    };
    if (images) {
        co_await attempt.aside(read);
    } else {
        read();
    }
    if (!images && answer.images.empty()) {
        co_return outcome_of(std::move(answer), operation, std::move(body));
    }
    co_await keep_if_links(answer.images, body, attempt);
    std::string().swap(body);
    auto outcome = co_await image_outcome(std::move(answer), std::move(shown), operation, attempt);
    co_return outcome;
}

}  // namespace

Job generate_content() {
    Job job;
    job.endpoint = "generate_content";
    job.group = Group::text;
    job.resend = Resend::all;
    job.timeout_s = 600;  // images at high quality take minutes (wire contract 1.4)
    job.key_header = "x-goog-api-key";
    job.run = run;
    job.of_stream = content_of_stream;
    job.group_of = group_of;
    return job;
}

}  // namespace nightshift::jobs
