// Where gateways and vendors keep what they say of a video task: tables of places, read by one
// function. Another vendor's word for a known thing is one more row.

#pragma once

#include "jobs/protocol/json_reply.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace nightshift::jobs {

enum class RemoteField {
    id,      // in the answer to a submit
    status,  // the state's word
    link,    // of the finished video
    reason,  // of a failure, in words
    code,    // of a failure
    model,   // that made the video
};

// What stands at the places of a field, the likeliest place first: texts without the white space
// around them, and numbers as text. Without repeats; empty texts, booleans, null, objects and
// lists are left out. Views live as long as the parsed reply.
struct FoundField {
    std::string text;
    bool is_number = false;
};
std::vector<FoundField> found_at(JsonElement root, RemoteField field);

// http(s) links in any other place of a reply whose path ends as a video's file does (".mp4"):
// the last resort. What the task was given (its input, its parameters) is not looked through.
std::vector<std::string> stray_video_links(JsonElement root);

}  // namespace nightshift::jobs
