// All that a job file may use: the task (data), the attempt (the world), and what comes out.
//
// A job is the code for one endpoint. It reads as the endpoint's own protocol, top to bottom, and
// knows nothing of threads, libcurl, SQL, limits or retries: those are behind Attempt. It ends by
// returning an Outcome or by throwing Failed.

#pragma once

#include "base/async.hpp"
#include "base/clock.hpp"
#include "base/failure.hpp"
#include "http/message.hpp"

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace nightshift {

// One line of the manifest that passed its schema. Immutable; outlives the attempt.
struct Task {
    std::int64_t row = 0;  // its key in the queue
    std::string id;
    std::string endpoint;
    std::string model;
    std::string path;  // what is posted to, with query, as the manifest line or the schema says
    std::string body;  // sent byte for byte
    bool stream = false;
    std::optional<double> timeout_s;
    std::optional<int> attempts_max;
    std::string expect;  // JSON text of the line's `expect`, or empty
    std::string output_stem;  // of its files: below outputs/, without index and extension
};

// Reasoning is part of the output; what was read from a cache and written to it, of the input.
struct Usage {
    std::optional<std::int64_t> input_tokens, output_tokens, reasoning_tokens, cached_tokens,
        cache_write_tokens;
};

// A finished file under its final name.
struct Output {
    std::string path;  // relative to the run directory
    std::uint64_t bytes = 0;
    std::string sha256;
    std::string media_type;
    std::optional<int> width, height;  // pixels
    std::optional<double> duration_s;
    bool plain_http = false;  // came over an unencrypted connection
};

struct Outcome {
    std::optional<std::string> text;
    std::optional<std::string> reasoning;
    std::optional<std::string> finish_reason;  // the gateway's own word
    std::optional<std::string> model;          // as the reply names it
    std::vector<std::string> flags;            // `truncated`, `partial`, `format_mismatch`, ...
    Usage usage;
    std::vector<Output> outputs;
    std::string reply;  // what `show` prints: the reply with long base64 replaced by the file
};

// What an output may be; decides which magic bytes are accepted.
enum class Media { image, video, audio };

// Where a result lies and what it must be.
struct Download {
    std::string url;  // as the gateway gave it, or a path of the gateway ("/v1/videos/x/content")
    Media media = Media::video;
    int index = 1;  // 1: <id>.<ext>, 2: <id>.2.<ext>, ...
    // The caller can ask for a fresh link: what is wrong with this one is thrown at once. Else it
    // is waited for here, as jobs/media/link_patience has it.
    bool renewable = false;
    bool resumes = true;  // bytes of an earlier try are of the same thing
};

// Bytes in hand that are to become an output.
struct Artifact {
    std::string bytes;
    // Instead of them: which of the images taken out of the reply (jobs/media/extracted_image).
    int lifted = 0;
    Media media = Media::image;
    int index = 1;
    std::string asked_format;  // "pcm" accepts headerless audio; otherwise the bytes decide
};

// The world as a job sees it. The engine implements it with limits, clocks and durability; tests
// script it; the simulator drives it on virtual time.
class Attempt {
public:
    virtual ~Attempt() = default;

    // Sends the task's body to the task's path, once. Its intent is durable before the first byte
    // leaves and the reply's bytes are on disk before this returns. Returns replies with status
    // 2xx, and 3xx when `take_redirect`; everything else is judged by jobs/protocol/verdict and
    // thrown.
    virtual Async<http::Reply> post(bool take_redirect) = 0;

    // Asks the gateway (path below the base URL, with the key). Returns whatever came, also a
    // trouble: a poll that fails is not a task that fails. Throws only for what stops the run.
    virtual Async<http::Reply> get(std::string path) = 0;

    // Waits until this remote task should be asked again: when it is likely done, never sooner
    // than the poll interval, later after `troubled` polls. Throws Failed{task_deadline} when the
    // task's time is over.
    virtual Async<void> wait_for_next_poll(bool troubled) = 0;

    // The last poll found this remote task done: when is what later waits learn from.
    virtual void note_done() = 0;

    // Runs work that takes milliseconds, such as reading megabytes, beside the loop; what it
    // throws is thrown here.
    virtual Async<void> aside(const std::function<void()>& work) = 0;

    // Durable notes of this task, kept over restarts. A remote id is one.
    virtual std::optional<std::string> recall(std::string_view key) const = 0;
    virtual Async<void> remember(std::string key, std::string value) = 0;
    // The note goes with the failure that ends this task, in one transaction: forgotten before it,
    // it would be missed by a run that comes after a crash in between, and paid for again.
    virtual void forget_when_failed(std::string_view key) = 0;

    // Streams a URL to its output file: partial file, Range resume, length and magic checked,
    // fsync, rename. Throws Failed{result_expired | unsafe_url | bad_media | network}, its code as
    // jobs/media/link_patience reads it.
    virtual Async<Output> download(Download what) = 0;

    // Writes bytes as an output file; throws Failed{bad_media} when the magic bytes are not of
    // that media or the file is not complete.
    virtual Async<Output> save(Artifact what) = 0;

    virtual Instant now() const = 0;
    virtual Duration poll_interval() const = 0;
};

// Says if an attempt of unknown outcome may be sent again (contract section 6.4): the default of
// --resend for this endpoint.
enum class Resend { all, one_percent, none };

// What the endpoint makes: decides limits, time-outs and the group of the progress display.
enum class Group { text, image, video, speech };

struct Job {
    std::string_view endpoint;
    Group group = Group::text;
    Resend resend = Resend::all;
    double timeout_s = 600;  // whole exchange of the POST (streams: 330 s of silence instead)
    // Header that carries the key besides `Authorization: Bearer`, or empty.
    std::string_view key_header = {};
    http::Headers headers = {};  // fixed ones, such as anthropic-version
    Async<Outcome> (*run)(const Task& task, Attempt& attempt) = nullptr;
    // A reply that came as events, in one piece; throws Failed when they do not prove their own
    // end. `operation` opens the message. Null: there are no streams.
    std::string (*of_stream)(std::string_view body, std::string_view operation) = nullptr;
    // What a task of this endpoint makes when that depends on the task (Gemini: text or images,
    // which decides limits and --resend); null: always `group`.
    Group (*group_of)(const Task& task) = nullptr;
};

}  // namespace nightshift
