// Serves the control socket on the run's own loop: a request a line, an answer a line, until the
// client goes, is silent for too long, or sends a line that is too long. A stranger and one client
// too many are sent away.

#pragma once

#include "base/async.hpp"
#include "control/door.hpp"
#include "control/protocol.hpp"

#include <chrono>
#include <functional>
#include <memory>

namespace nightshift::control {

struct ServerBounds {
    std::chrono::milliseconds idle;  // between the lines of a client
    int clients_max;
    ServerBounds();  // as base/bounds.hpp has them
};

class Server {
public:
    // Does what was asked. It must not throw, and lives until the server is closed.
    using Perform = std::function<Async<Answer>(Request)>;

    // Takes the door's listener over; with none it serves nobody.
    Server(boost::asio::io_context& io, Door& door, Perform perform, ServerBounds bounds = {});
    ~Server();  // coroutines that are still suspended may be destroyed after it
    Server(const Server&) = delete;
    Server& operator=(const Server&) = delete;

    // Lets nobody in any more and waits until what is under way is answered, so long at most.
    Async<void> close(std::chrono::milliseconds most);

    struct State;

private:
    std::shared_ptr<State> state_;
};

}  // namespace nightshift::control
