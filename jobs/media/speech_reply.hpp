// What a speech reply holds: audio, or where it lies (wire contract 7).

#pragma once

#include "http/message.hpp"
#include "jobs/protocol/job.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace nightshift::jobs {

struct Speech {
    std::string bytes;  // the audio; empty when it is to be fetched
    std::string link;
    std::string shown;  // what `show` prints of the reply
    std::optional<std::string> model = {};  // that spoke, where the reply names it
};

// Throws misconfigured when a redirect leads to the endpoint itself, bad_reply of unknown outcome
// when there is no audio in any known place.
Speech speech_of(http::Reply reply, const Task& task);

// `response_format` of the body, or "".
std::string asked_format(const Task& task);

// True when a file of that path has the asked format; true when none was asked for.
bool is_asked_format(std::string_view asked, std::string_view path);

}  // namespace nightshift::jobs
