// The states of a task, and their names in the ledger, in JSON and on the command line.
//
//   waiting  what it needs has not ended (it has `after`)
//   skipped  it was not needed: no ledger line, and no effect on the exit code
//
// Values are the queue's (storage/sqlite/schema.hpp): never renumbered. Runnable is 0, under way
// 1 and 2; what has ended with a ledger line is 3 and above.

#pragma once

#include <array>
#include <optional>
#include <string_view>

namespace nightshift {

enum class State {
    skipped = -2,
    waiting = -1,
    pending = 0,
    running = 1,
    submitted = 2,
    succeeded = 3,
    failed = 4,
    held = 5,
    cancelled = 6
};

// In the order in which people read them.
inline constexpr std::array<State, 9> all_states = {
    State::waiting, State::pending, State::running,   State::submitted, State::succeeded,
    State::failed,  State::held,    State::cancelled, State::skipped};

std::string_view name_of(State state);
std::optional<State> state_named(std::string_view name);

// It will not change by itself any more.
inline bool is_terminal(State state) {
    return state >= State::succeeded || state == State::skipped;
}

}  // namespace nightshift
