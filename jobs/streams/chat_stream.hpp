// A streamed chat completion put together again (wire contract 4.3).

#pragma once

#include <string>
#include <string_view>

namespace nightshift::jobs {

// The completion that the stream spells out, as a non-streamed reply would have it. Throws when
// the stream did not prove itself whole: every choice had a finish_reason. "[DONE]" proves
// nothing, the gateway sends it also when the upstream broke off.
std::string completion_of_stream(std::string_view body, std::string_view operation);

}  // namespace nightshift::jobs
