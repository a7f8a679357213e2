// What an error says besides its code, type and message, wherever vendors put it.

#pragma once

#include "jobs/protocol/error_object.hpp"
#include "jobs/protocol/json_reply.hpp"

namespace nightshift::jobs {

// Fills status, param, inner_codes, told and is_gateways from the whole error reply; what is of the
// wrong type or too deep is left out.
void read_details(ErrorObject& error, JsonElement root);

// The wait that a message for people names: "Please try again in 8.2s", "请在 3 秒后重试". The last
// resort: texts change.
std::optional<ToldTime> wait_in_words(std::string_view message);

}  // namespace nightshift::jobs
