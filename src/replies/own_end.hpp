// Replies that say themselves where they end, so that a connection that broke behind the last byte,
// or a Content-Length that is too large, costs nothing.

#pragma once

#include "http/message.hpp"
#include "jobs/protocol/job.hpp"

#include <string_view>

namespace nightshift {

// True when the body of a 2xx may be whole although its transfer was not.
bool ended_early(const http::Reply& reply);

// True when the bytes prove that nothing of the reply is missing: JSON whose brackets are closed, a
// stream whose answer has come to its end or to an error, a WAV that fills its own sizes.
bool has_own_end(const Job& job, std::string_view body);

// Whole again, if its bytes prove it.
void forgive_early_end(const Job& job, http::Reply& reply);

}  // namespace nightshift
