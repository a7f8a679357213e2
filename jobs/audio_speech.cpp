// Speech.
//
//   POST /v1/audio/speech  ->  the audio itself, of whatever format and Content-Type
//                          or  302 to it, or JSON that holds it or its link
//                              (jobs/media/media_places)
//
// Bytes count, not headers: a 200 may be a JSON error under an audio type (jobs/protocol/verdict
// has judged that by now). A link is kept before it is fetched. Source: wire contract 7.

#include "jobs/media/link_patience.hpp"
#include "jobs/media/speech_reply.hpp"
#include "jobs/protocol/json_reply.hpp"
#include "jobs/protocol/note_keys.hpp"
#include "jobs/protocol/text_reply.hpp"

#include <fmt/format.h>

namespace nightshift::jobs {

Job audio_speech();

namespace {

Async<Output> fetched(std::string link, Attempt& attempt) {
    co_await attempt.remember(std::string(result_link_key), link);
    Download what;
    what.url = std::move(link);
    what.media = Media::audio;
    try {
        auto output = co_await attempt.download(std::move(what));
        co_return output;
    } catch (const Failed& failed) {
        const auto kind = failed.failure().kind;
        const bool unreached = failed.failure().code == unreached_code;
        const bool dead = !unreached && (kind == Kind::result_expired || kind == Kind::bad_media ||
                                         kind == Kind::unsafe_url);
        // A later `retry` has to ask for new audio: this link will not come back.
        if (dead) attempt.forget_when_failed(result_link_key);
        throw;
    }
}

Async<Output> saved(std::string bytes, std::string format, std::string operation,
                    Attempt& attempt) {
    Artifact what;
    what.bytes = std::move(bytes);
    what.media = Media::audio;
    what.asked_format = std::move(format);
    try {
        auto output = co_await attempt.save(std::move(what));
        co_return output;
    } catch (const Failed& failed) {
        if (failed.failure().kind != Kind::bad_media) throw;
        // It came whole, so it is known and billed: asked for once more, not until it fits.
        throw Failed(known_failure(Kind::no_output, "not_audio",
                                   fmt::format("{}: the reply holds no sound", operation)));
    }
}

Async<Output> output_of(Speech speech, const Task& task, Attempt& attempt) {
    if (speech.link.empty()) {
        const auto operation = operation_of("post", task.path);
        auto format = asked_format(task);
        auto bytes = std::move(speech.bytes);
        auto output = co_await saved(std::move(bytes), std::move(format), operation, attempt);
        co_return output;
    }
    auto output = co_await fetched(std::move(speech.link), attempt);
    co_return output;
}

Async<Speech> paid_speech(const Task& task, Attempt& attempt) {
    Speech kept;
    kept.link = attempt.recall(result_link_key).value_or("");
    if (!kept.link.empty()) co_return kept;
    auto reply = co_await attempt.post(true);
    co_return speech_of(std::move(reply), task);
}

Async<Outcome> run(const Task& task, Attempt& attempt) {
    auto speech = co_await paid_speech(task, attempt);
    Outcome outcome;
    outcome.reply = speech.shown;
    outcome.model = speech.model;
    auto output = co_await output_of(std::move(speech), task, attempt);
    if (!is_asked_format(asked_format(task), output.path)) {
        outcome.flags.emplace_back("format_mismatch");
    }
    outcome.outputs.push_back(std::move(output));
    co_return outcome;
}

}  // namespace

Job audio_speech() {
    Job job;
    job.endpoint = "audio_speech";
    job.group = Group::speech;
    job.resend = Resend::all;
    job.timeout_s = 180;  // as the seed's own example waits
    job.run = run;
    return job;
}

}  // namespace nightshift::jobs
