#include "http/curl/host_lookup.hpp"

#include "http/address.hpp"

#include <netdb.h>

#include <atomic>
#include <memory>
#include <system_error>
#include <thread>

namespace nightshift::http {
namespace {

constexpr std::size_t known_max = 1000;
constexpr double longest_s = 2, look_again_s = 0.005;

struct Answer {
    std::atomic<bool> done{false};
    std::atomic<bool> inward{false};
};

void look_up(const std::string& host, Answer& answer) {
    addrinfo hints{};
    hints.ai_socktype = SOCK_STREAM;
    addrinfo* list = nullptr;
    if (getaddrinfo(host.c_str(), nullptr, &hints, &list) == 0) {
        for (const auto* each = list; each != nullptr; each = each->ai_next) {
            if (!is_public(*each->ai_addr)) answer.inward = true;
        }
        freeaddrinfo(list);
    }
    answer.done = true;
}

}  // namespace

// getaddrinfo cannot be cancelled: it has a thread of its own, which an exit does not wait for.
Async<bool> HostLookup::leads_inward(std::string host) {
    if (const auto found = known_.find(host); found != known_.end()) co_return found->second;
    const auto answer = std::make_shared<Answer>();
    try {
        std::thread([answer, host] { look_up(host, *answer); }).detach();
    } catch (const std::system_error&) {
        co_return false;  // no thread to be had
    }
    const auto end = clock_.now() + seconds(longest_s);
    while (!answer->done && clock_.now() < end) {
        co_await clock_.sleep_until(clock_.now() + seconds(look_again_s));
    }
    const bool inward = answer->inward;
    if (known_.size() < known_max) known_[host] = inward;
    co_return inward;
}

}  // namespace nightshift::http
