// The compiled part of Boost.Asio's TLS streams, which only the tests' server uses.

#include <boost/asio/ssl/impl/src.hpp>
