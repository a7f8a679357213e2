// Images by OpenAI's protocol.
//
//   POST /v1/images/generations  ->  {"data":[{"b64_json" | "url","revised_prompt"}],"usage"}
//                                    or a stream whose `completed` events hold the images
//
// Images stand wherever jobs/media/media_places knows; `data` may be shorter than `n`. Source: wire
// contract 6.

#include "jobs/media/image_reply.hpp"
#include "jobs/media/media_places.hpp"
#include "jobs/protocol/text_reply.hpp"
#include "jobs/protocol/token_usage.hpp"
#include "jobs/streams/stream_reply.hpp"

#include <fmt/format.h>

namespace nightshift::jobs {

Job image_generations();

namespace {

// The reply that the events spell out, as a non-streamed one would have it. Whole as soon as one
// image is: what is missing against `n` is judged later.
std::string images_of_stream(std::string_view body, std::string_view operation) {
    std::string data, usage = "null";
    const auto end = read_frames(body, [&](JsonElement frame) {
        const auto type = string_at(frame, "type");
        if (!type.ends_with(".completed")) return;
        data += fmt::format("{}{}", data.empty() ? "" : ",", json_of(frame));
        if (const auto found = find_value(frame, "usage")) usage = merged_usage(usage, *found);
    });
    require_complete(!data.empty(), end, operation);
    return join_torn_characters(fmt::format(R"({{"data":[{}],"usage":{}}})", data, usage));
}

std::int64_t asked_count(const Task& task) {
    const auto body = Json::parse(task.body);
    return body ? integer_at(body->root(), "n").value_or(1) : 1;
}

struct ImageAnswer {
    std::vector<Image> images;
    Outcome outcome;  // without the outputs
};

// `body` becomes valid JSON.
ImageAnswer answer_of(std::string& body, std::string_view operation) {
    auto json = Json::parse_answer(meat_of(body), operation);
    body = std::move(json).text_of(std::move(body));
    const auto root = json.root();
    ImageAnswer answer;
    answer.images = images_in_json(root);
    if (answer.images.empty() && !has_results(root)) {
        fail_unknown("no_data", fmt::format("{}: the reply has no data", operation));
    }
    auto& outcome = answer.outcome;
    for (const auto& item : image_items(root)) {
        const auto prompt = string_at(item.holder, "revised_prompt");
        if (!prompt.empty() && !outcome.text) outcome.text = prompt;
    }
    outcome.model = model_at(root, "model");
    outcome.usage = usage_of(root, CacheCounts::within_input);
    outcome.reply = without_base64(body);
    return answer;
}

Async<Outcome> run(const Task& task, Attempt& attempt) {
    auto body = co_await paid_body(attempt);
    const auto operation = operation_of("post", task.path);
    ImageAnswer answer;
    const std::function<void()> read = [&] {
        if (is_event_stream(body)) body = images_of_stream(body, operation);
        answer = answer_of(body, operation);
    };
    co_await attempt.aside(read);
    co_await keep_if_links(answer.images, body, attempt);
    std::string().swap(body);  // megabytes, and the disk may be slow
    const auto found = co_await harvest(std::move(answer.images), attempt);
    auto message = fmt::format("{}: no usable image in the reply", operation);
    co_await require_some(found, std::move(message), answer.outcome, attempt);
    auto outcome = std::move(answer.outcome);
    const auto count = static_cast<std::int64_t>(found.outputs.size());
    if (count < asked_count(task)) outcome.flags.emplace_back("partial");
    outcome.outputs = found.outputs;
    co_return outcome;
}

}  // namespace

Job image_generations() {
    Job job;
    job.endpoint = "image_generations";
    job.group = Group::image;
    job.resend = Resend::one_percent;
    job.timeout_s = 600;  // gpt-image-2 at high quality: 280 s at p95 (wire contract 1.4)
    job.run = run;
    job.of_stream = images_of_stream;
    return job;
}

}  // namespace nightshift::jobs
