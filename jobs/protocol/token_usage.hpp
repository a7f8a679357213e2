// Tokens as replies count them, in every vendor's spelling, and as streams tell them in parts.

#pragma once

#include "jobs/protocol/job.hpp"
#include "jobs/protocol/json_reply.hpp"

#include <string>
#include <string_view>

namespace nightshift::jobs {

// Says if what was read from and written to a cache is part of the input tokens that a protocol
// counts, or stands beside them (Anthropic's).
enum class CacheCounts { within_input, beside_input };

// The counts of a `usage` object; unknown for what is missing, negative or not a number. Input is
// all input, cached tokens included. A count that the total and the other one leave no doubt of is
// worked out.
Usage usage_in(JsonElement counts, CacheCounts cache);
// The same for `root.usage`.
Usage usage_of(JsonElement root, CacheCounts cache);

// Usage of a stream: later counts replace earlier ones field by field, unless they are null or
// nothing. JSON text; "null" before the first.
std::string merged_usage(std::string_view before, JsonElement more);

}  // namespace nightshift::jobs
