// Lets the engine's loop wait until something changed, or until a time.

#pragma once

#include "base/clock.hpp"

#include <memory>
#include <optional>

namespace nightshift {

class Wakeup {
public:
    Wakeup(boost::asio::io_context& io, Clock& clock);
    // Something changed: the present or the next wait ends.
    void notify();
    // Ends at a notify since the last wait, or at `when` (Instant::max(): never by time).
    Async<void> wait_until(Instant when);

private:
    struct State;
    std::shared_ptr<State> state_;  // outlives us in a sleeper that is still set
};

}  // namespace nightshift
