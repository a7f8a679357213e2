// What a running process does when another asks it to: the commands of the control socket
// (docs/control.md), on the run's own loop.

#pragma once

#include "base/group_worker.hpp"
#include "cli/run/append_reader.hpp"
#include "cli/run/batch_committer.hpp"
#include "control/server.hpp"
#include "engine/engine.hpp"
#include "http/curl/client.hpp"

#include <functional>
#include <string>

namespace nightshift::cli {

class RunControl {
public:
    struct Parts {
        boost::asio::io_context& io;
        Clock& clock;
        Engine& engine;
        Queue& queue;
        http::Client& client;
        const EngineOptions& options;  // as the run began
        long descriptors = 0;          // in use before anything was sent
        bool sandbox = false;
        bool loopback_media = false;
        std::string gateway = {};                      // as the ledger names it
        std::function<void(const std::string&)> tell;  // the user of this process
    };
    RunControl(control::Door& door, Parts parts);

    // The run is over: who still waits is told so.
    Async<void> close();

private:
    Async<control::Answer> perform(control::Request request);
    Async<control::Json> do_it(const control::Request& request);
    control::Json halt(const control::Json& arguments, bool resume);
    Async<control::Json> set(const control::Json& arguments);
    Async<control::Json> append(const control::Json& arguments);
    Async<control::Json> requeue(const control::Json& arguments);
    Async<control::Json> cancel(const control::Json& arguments);
    control::Json status() const;
    void require_open() const;

    Parts parts_;
    SliceBridge bridge_;
    Worker reader_;
    control::Server server_;
};

}  // namespace nightshift::cli
