#include "http/name_check.hpp"

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/url.hpp>

namespace nightshift::http {

Async<bool> has_unknown_name(std::string url) {
    const auto parsed = boost::urls::parse_uri(url);
    if (!parsed || parsed->host_type() != boost::urls::host_type::name) co_return false;
    const auto host = parsed->host();
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
