// What a gateway says of a video task, in any of the shapes of wire contract 8.3-8.6, normalised
// as 8.7 recommends.

#pragma once

#include "jobs/protocol/json_reply.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace nightshift::jobs {

enum class Stage {
    under_way,  // pending, running, and every word that nobody documented
    done,
    failed,
    cancelled,
    expired,
};

struct RemoteReport {
    Stage stage = Stage::under_way;
    std::string word;                // the status as the gateway spells it
    std::vector<std::string> links;  // of the video, the likeliest first: http(s), data:, a path
    std::vector<std::string> stray_links;  // found outside the places that are known
    // A text that is no link stands where one belongs, and there is none elsewhere.
    bool garbage_link = false;
    std::string code, reason;  // of a failure
    std::string model;         // of what is done, as the gateway names it; may be empty
};

RemoteReport report_of(JsonElement root);

// The ids in the answer to a submit: the gateway's first, then any other that it names; some let
// their upstream's shine through. Texts go before numbers.
std::vector<std::string> remote_ids_of(JsonElement root);

// For a reply without an id: what stands where one belongs ("id is null, task_id is missing").
std::string id_fields_of(JsonElement root);

}  // namespace nightshift::jobs
