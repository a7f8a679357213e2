#include "jobs/stream_reply.hpp"

#include "core/failure.hpp"
#include "http/sse.hpp"
#include "jobs/text_reply.hpp"
#include "jobs/verdict.hpp"

#include <fmt/format.h>

namespace nightshift::jobs {

StreamEnd read_frames(std::string_view body, const std::function<void(JsonElement)>& take) {
    StreamEnd end;
    // A last frame without its empty line counts when it is whole: an upstream may just stop.
    const auto stream = http::events_of(std::string(body) + "\n\n");
    for (const auto& event : stream.events) {
        if (is_blank(event.data) || event.data == "[DONE]") continue;
        const auto frame = Json::parse(event.data);
        if (!frame || !frame->root().is_object()) {
            end.unreadable = true;
            return end;
        }
        const bool says_error = event.name == "error" || find_value(frame->root(), "error");
        if (says_error) end.error = error_object_of(event.data);
        if (end.error.present) return end;
        take(frame->root());
    }
    if (!stream.stray.empty()) end.error = error_object_of(stream.stray);
    return end;
}

void require_complete(bool complete, const StreamEnd& end, std::string_view operation) {
    if (complete && !end.unreadable) return;
    if (end.error.present) {
        auto failure = failure_of_error(end.error, 200, true);
        failure.message = fmt::format("{}: in the stream: {}", operation, failure.message);
        throw Failed(std::move(failure));
    }
    const auto cause = end.unreadable ? "a frame of the stream is unreadable"
                                      : "the stream ended before the answer did";
    fail_unknown("cut_stream", fmt::format("{}: {}", operation, cause));
}

}  // namespace nightshift::jobs
