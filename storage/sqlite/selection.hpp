// Which rows a selection means.

#pragma once

#include <string_view>

namespace nightshift {

// A remote task of which the gateway itself said so: asking it again is of no use.
inline bool ended_at_gateway(std::string_view error_kind) {
    return error_kind == "task_failed" || error_kind == "task_cancelled" ||
           error_kind == "task_lost";
}

}  // namespace nightshift
