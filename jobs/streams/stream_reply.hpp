// A stream of events as one reply: every frame in order, and what broke it.

#pragma once

#include "jobs/protocol/error_object.hpp"
#include "jobs/protocol/json_reply.hpp"

#include <functional>
#include <string>
#include <string_view>

namespace nightshift::jobs {

struct StreamEnd {
    ErrorObject error;        // an error frame, or the bare object of wire contract 3.4
    bool unreadable = false;  // a frame was not JSON: what it said is lost
};

// Calls `take` for each frame before the first that is an error or unreadable. What holds no object
// is left out: pings, null, end marks in any spelling (which prove nothing, wire contract 4.3). A
// character may be torn between two frames: what is put together from their strings goes through
// join_torn_characters.
StreamEnd read_frames(std::string_view body, const std::function<void(JsonElement)>& take);

// The same for a JSON array of frames, which may break off behind any of them.
StreamEnd read_frame_array(std::string_view array, const std::function<void(JsonElement)>& take);

// Throws unless the frames before the end proved their own completeness: the error that ended the
// stream, not billed, or bad_reply of unknown outcome.
void require_complete(bool complete, const StreamEnd& end, std::string_view operation);

// A reply as one JSON value, whether it came in one piece, as events, or as one value behind the
// other. `of_stream` puts one together from events. Throws as it and Json::parse_answer do.
struct WholeReply {
    Json json;
    std::string text;  // of it, valid JSON
};
using OfStream = std::string (*)(std::string_view body, std::string_view operation);
WholeReply read_whole(std::string body, std::string_view operation, OfStream of_stream);

}  // namespace nightshift::jobs
