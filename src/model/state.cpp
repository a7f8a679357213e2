#include "model/state.hpp"

#include <algorithm>

namespace nightshift {

std::string_view name_of(State state) {
    switch (state) {
        case State::skipped: return "skipped";
        case State::waiting: return "waiting";
        case State::pending: return "pending";
        case State::running: return "running";
        case State::submitted: return "submitted";
        case State::succeeded: return "succeeded";
        case State::failed: return "failed";
        case State::held: return "held";
        case State::cancelled: return "cancelled";
    }
    return "";
}

std::optional<State> state_named(std::string_view name) {
    const auto* found = std::find_if(all_states.begin(), all_states.end(),
                                     [name](State state) { return name_of(state) == name; });
    if (found == all_states.end()) return std::nullopt;
    return *found;
}

}  // namespace nightshift
