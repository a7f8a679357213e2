// Names that a proxy will resolve, looked up here first as far as that works: one that leads to an
// address that is not public is no place for a link from the wire.

#pragma once

#include "base/async.hpp"
#include "base/clock.hpp"

#include <boost/asio/io_context.hpp>

#include <map>
#include <string>

namespace nightshift::http {

class HostLookup {
public:
    explicit HostLookup(boost::asio::io_context& io) : clock_(io) {}
    // True when any of the name's addresses is not public. False, too, when nothing is known of it
    // here, or not within two seconds: then the proxy decides.
    Async<bool> leads_inward(std::string host);

private:
    SystemClock clock_;
    std::map<std::string, bool> known_;
};

}  // namespace nightshift::http
