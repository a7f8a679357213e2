// Tells a name that does not exist from a name server that does not answer, which libcurl reports
// as one.

#pragma once

#include "base/async.hpp"

#include <string>

namespace nightshift::http {

// Asks the system's resolver once more for `host`. True only when it says that there is no such
// name.
Async<bool> is_unknown_name(std::string host);

}  // namespace nightshift::http
