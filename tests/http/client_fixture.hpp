// A client, its loop, and requests that run to their reply.

#pragma once

#include "http/curl/client.hpp"

#include <boost/asio/co_spawn.hpp>

#include <exception>
#include <memory>
#include <optional>
#include <string>

namespace nightshift::test {

// Runs one exchange on a loop that has nothing else to do.
inline http::Reply exchange(boost::asio::io_context& io, http::Client& client,
                            http::Request request) {
    std::optional<http::Reply> reply;
    boost::asio::co_spawn(io, client.send(std::move(request)),
                          [&reply](std::exception_ptr error, http::Reply got) {
                              if (error) std::rethrow_exception(error);
                              reply = std::move(got);
                          });
    io.restart();
    io.run();
    return std::move(reply).value();
}

inline http::Request get(const std::string& url) {
    http::Request request;
    request.url = http::Url::parse(url).value();
    return request;
}

inline http::Request post(const std::string& url, std::string_view body) {
    http::Request request;
    request.method = "POST";
    request.url = http::Url::parse(url).value();
    request.body = body;
    return request;
}

struct ClientFixture {
    boost::asio::io_context io{1};
    http::Client client{io, {}};

    http::Reply run(http::Request request) { return exchange(io, client, std::move(request)); }
};

}  // namespace nightshift::test
