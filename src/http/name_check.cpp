#include "http/name_check.hpp"

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/this_coro.hpp>

namespace nightshift::http {

Async<bool> is_unknown_name(std::string host) {
    const auto executor = co_await boost::asio::this_coro::executor;
    boost::asio::ip::basic_resolver<boost::asio::ip::tcp, Executor> resolver(executor);
    try {
        const auto found = co_await resolver.async_resolve(host, "", use_async);
        co_return false;
    } catch (const boost::system::system_error& failed) {
        co_return failed.code() == boost::asio::error::host_not_found;
    }
}

}  // namespace nightshift::http
