// Several multi handles as one. libcurl 7.88 looks through all connections to a host for each
// transfer (`ConnectionExists` in lib/url.c): with thousands of them that costs more than the
// transfer. So a handle takes only so many, and another is made for more.

#pragma once

#include "http/curl/curl_multi.hpp"

#include <cstddef>
#include <memory>
#include <vector>

namespace nightshift::http {

class MultiPool {
public:
    // `connections_max`: of all handles together; `connections_each`: of one. Both at least 1.
    MultiPool(boost::asio::io_context& io, long connections_max, long connections_each);
    void set_connections_max(long connections_max);

    // As CurlMulti's, in the first handle that has room, so that few transfers share connections.
    Async<CURLcode> perform(CurlMulti::Run& run);

private:
    std::size_t handles_max() const;
    long share_of(std::size_t handle) const;
    CurlMulti& roomy();

    boost::asio::io_context& io_;
    long connections_max_;
    long connections_each_;
    std::vector<std::unique_ptr<CurlMulti>> multis_;  // some may be unused after a lower maximum
};

}  // namespace nightshift::http
