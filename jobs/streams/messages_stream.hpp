// A streamed message put together again (wire contract 3.4).

#pragma once

#include <string>
#include <string_view>

namespace nightshift::jobs {

// The message object that the stream spells out, as a non-streamed reply would have it. Throws
// when the stream did not prove itself whole: no stop_reason was seen.
std::string message_of_stream(std::string_view body, std::string_view operation);

}  // namespace nightshift::jobs
