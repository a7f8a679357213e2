#include "http/curl/multi_pool.hpp"

#include <algorithm>

namespace nightshift::http {

MultiPool::MultiPool(boost::asio::io_context& io, long connections_max, long connections_each)
    : io_(io), connections_max_(connections_max), connections_each_(connections_each) {}

std::size_t MultiPool::handles_max() const {
    return static_cast<std::size_t>((connections_max_ + connections_each_ - 1) / connections_each_);
}

// Of one that is not used any more: its last idle connection.
long MultiPool::share_of(std::size_t handle) const {
    const long before = static_cast<long>(handle) * connections_each_;
    return std::clamp(connections_max_ - before, 1L, connections_each_);
}

void MultiPool::set_connections_max(long connections_max) {
    connections_max_ = connections_max;
    for (std::size_t i = 0; i < multis_.size(); ++i) {
        multis_[i]->set_connections_max(share_of(i));
    }
}

// When all are full, the one with the fewest transfers: libcurl lets them wait for a connection.
CurlMulti& MultiPool::roomy() {
    const auto usable = std::min(multis_.size(), handles_max());
    for (std::size_t i = 0; i < usable; ++i) {
        if (multis_[i]->running() < static_cast<std::size_t>(share_of(i))) return *multis_[i];
    }
    if (usable < handles_max()) {
        multis_.push_back(std::make_unique<CurlMulti>(io_, share_of(usable)));
        return *multis_.back();
    }
    const auto end = multis_.begin() + static_cast<std::ptrdiff_t>(usable);
    return **std::min_element(multis_.begin(), end, [](const auto& left, const auto& right) {
        return left->running() < right->running();
    });
}

Async<CURLcode> MultiPool::perform(CurlMulti::Run& run) {
    return roomy().perform(run);
}

}  // namespace nightshift::http
