// The coroutine type of the whole program: one thread, one io_context, no type-erased executor.
//
// GCC 12.2 miscompiles some coroutine idioms. The rule that avoids all of them: one co_await a
// statement, its result gets a name, and no `{` between co_await and `;` (tests/tidy_test.cpp).

#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace nightshift {

using Executor = boost::asio::io_context::executor_type;

template <class T>
using Async = boost::asio::awaitable<T, Executor>;

inline constexpr boost::asio::use_awaitable_t<Executor> use_async;

}  // namespace nightshift
