// Asio's type-erased completion handler, made safe to move: in Boost 1.81 its move assignment and
// its "copy" wrap the handler into itself without end.

#pragma once

#include <boost/asio/any_completion_handler.hpp>

#include <new>
#include <utility>

namespace nightshift {

template <class Signature>
class Handler : public boost::asio::any_completion_handler<Signature> {
    using Erased = boost::asio::any_completion_handler<Signature>;

public:
    Handler() = default;
    // From the handler that async_initiate hands over.
    explicit Handler(Erased handler) : Erased(std::move(handler)) {}
    Handler(Handler&& other) noexcept : Erased(std::move(static_cast<Erased&>(other))) {}
    Handler& operator=(Handler&& other) noexcept {
        if (this != &other) {
            this->~Handler();
            new (this) Handler(std::move(other));
        }
        return *this;
    }
    Handler(const Handler&) = delete;
    Handler& operator=(const Handler&) = delete;
};

}  // namespace nightshift
