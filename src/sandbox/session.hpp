// One client connection: HTTP/1.1 requests in, replies out, until one of them ends it.
#pragma once

#include "sandbox/state/gateway_state.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/tcp.hpp>

namespace nightshift::sandbox {

// `world` must outlive the coroutine. `results`: the connection is to the foreign result host.
boost::asio::awaitable<void> serve(boost::asio::ip::tcp::socket socket, World& world, bool results);

}  // namespace nightshift::sandbox
