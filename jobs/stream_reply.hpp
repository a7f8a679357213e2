// A stream of events as one reply: every frame in order, and what broke it.

#pragma once

#include "jobs/error_object.hpp"
#include "jobs/json_reply.hpp"

#include <functional>
#include <string>
#include <string_view>

namespace nightshift::jobs {

struct StreamEnd {
    ErrorObject error;        // an error frame, or the bare object of wire contract 3.4
    bool unreadable = false;  // a frame was no JSON: what it said is lost
};

// Calls `take` for each frame before the first that is an error or unreadable; empty frames and
// "[DONE]" (which proves nothing, wire contract 4.3) are left out.
StreamEnd read_frames(std::string_view body, const std::function<void(JsonElement)>& take);

// Throws unless the frames proved their own completeness: the error that ended the stream, not
// billed, or bad_reply of unknown outcome.
void require_complete(bool complete, const StreamEnd& end, std::string_view operation);

}  // namespace nightshift::jobs
