// What a gateway says of a video task, in any of the shapes of wire contract 8.3-8.6, normalised
// as 8.7 recommends.

#pragma once

#include "jobs/json_reply.hpp"

#include <string>
#include <string_view>

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
    std::string word;          // the status as the gateway spells it
    std::string url;           // http(s), data:, or a path of the gateway; "" when there is none
    bool garbage_url = false;  // where a URL belongs there is something else
    std::string code, reason;  // of a failure
};

RemoteReport report_of(JsonElement root);

// The id that a submit was answered with: the first string that is not empty among id, task_id,
// data.task_id, data.id. A number is none: nobody says which of the two tables it is from.
std::string remote_id_of(JsonElement root);

// Another id in the same places, or "": some gateways let their upstream's shine through.
std::string other_id_of(JsonElement root, std::string_view id);

// For a reply without an id: what stands where one belongs ("id is null, task_id is missing").
std::string id_fields_of(JsonElement root);

}  // namespace nightshift::jobs
