// Blocking work on its way to another thread, and the coroutine that waits for it.

#pragma once

#include "base/async.hpp"
#include "base/handler.hpp"

#include <boost/asio/async_result.hpp>

#include <exception>
#include <optional>
#include <type_traits>
#include <utility>

namespace nightshift {

struct Step {
    void (*call)(void*) = nullptr;
    void* work = nullptr;
    Handler<void(std::exception_ptr)> done;  // to be called on the loop
    std::exception_ptr error = {};

    // Throws what the work does.
    void operator()() const { call(work); }
    // Notes that in `error`.
    void run() noexcept {
        try {
            call(work);
        } catch (...) {
            error = std::current_exception();
        }
    }
};

// Gives a step that does `work` to `enqueue` and resumes with its result or exception once the step
// is done. What `work` refers to must live until then: name it in the caller.
template <class Work, class Enqueue, class T = std::invoke_result_t<Work&>>
Async<T> run_as_step(Work work, Enqueue enqueue) {
    constexpr bool gives = !std::is_void_v<T>;
    std::optional<std::conditional_t<gives, T, bool>> result;
    auto bound = [&result, &work] {
        if constexpr (gives) {
            result.emplace(work());
        } else {
            work();
        }
    };
    using Bound = decltype(bound);
    Step step{.call = [](void* w) { (*static_cast<Bound*>(w))(); }, .work = &bound, .done = {}};
    auto start = [&enqueue, &step](auto handler) {
        step.done = Handler<void(std::exception_ptr)>(std::move(handler));
        enqueue(std::move(step));
    };
    co_await boost::asio::async_initiate<decltype(use_async), void(std::exception_ptr)>(start,
                                                                                        use_async);
    if constexpr (gives) co_return std::move(*result);
}

}  // namespace nightshift
