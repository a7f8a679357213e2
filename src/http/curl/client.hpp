// The seam to the network. The engine knows only Transport; the simulator has its own.

#pragma once

#include "http/message.hpp"

#include <boost/asio/io_context.hpp>

#include <memory>
#include <string>

namespace nightshift::http {

class Transport {
public:
    virtual ~Transport() = default;
    // One exchange. Never throws for what the network or the gateway does: see Reply::trouble.
    // Never repeats a POST, never follows a redirect, sends no header that is not in `request`.
    virtual Async<Reply> send(Request request) = 0;
};

struct ClientOptions {
    Duration connect_timeout = std::chrono::seconds(15);
    long connections_max = 256;   // sockets at once, of all hosts
    long connections_each = 512;  // of them in one multi handle (http/curl/multi_pool.hpp)
    std::string ca_file = {};     // empty: as http/trust.hpp says
};

// libcurl's multi interface on Asio. One thread; must outlive the sends it has under way.
class Client : public Transport {
public:
    Client(boost::asio::io_context& io, ClientOptions options);
    ~Client() override;
    Async<Reply> send(Request request) override;
    // As the option of this name.
    void set_connections_max(long connections_max);

private:
    class Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace nightshift::http
