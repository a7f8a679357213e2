// Where gateways put images and sounds in JSON: tables of member names, compared without regard to
// case, "_" and "-". Elements and strings point into what was read.

#pragma once

#include "jobs/protocol/json_reply.hpp"

#include <string_view>
#include <vector>

namespace nightshift::jobs {

// One result and the strings that may be it, best first: a "url" beside a "b64_json" is the same
// image once more.
struct MediaItem {
    JsonElement holder;
    std::vector<std::string_view> values;  // none of them empty
};

// The results of a reply in its order. Of several lists ("data", "images") only the first that has
// any counts: the others repeat it.
std::vector<MediaItem> image_items(JsonElement root);
std::vector<MediaItem> sound_items(JsonElement root);

// True when a member is there that results stand in, also an empty one.
bool has_results(JsonElement root);

// Every other string of a reply but those that repeat the request, are thoughts or proofs of them.
std::vector<std::string_view> other_strings(JsonElement root);

}  // namespace nightshift::jobs
