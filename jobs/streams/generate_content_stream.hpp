// A streamed Gemini reply put together again (wire contract 5.1).

#pragma once

#include <string>
#include <string_view>

namespace nightshift::jobs {

// The reply that the frames spell out, as a non-streamed one would have it. `body` is a stream of
// events, or the JSON array of frames that comes without alt=sse. Throws when no finishReason (and
// no blockReason) proved it whole.
std::string content_of_stream(std::string_view body, std::string_view operation);

}  // namespace nightshift::jobs
