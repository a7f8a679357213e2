// Sounds in a JSON reply (wire contract 7): as links, base64, data URLs or hexadecimal, told by
// their first bytes.

#pragma once

#include "jobs/protocol/json_reply.hpp"

#include <string>

namespace nightshift::jobs {

struct Sound {
    std::string bytes;
    std::string link;  // http, https, or a path of the gateway; with neither there is none
};

// At the places where gateways put them, else in whatever other string. `headerless`: bytes without
// a header, such as PCM, were asked for.
Sound sound_in_json(JsonElement root, bool headerless);

}  // namespace nightshift::jobs
