#include "sandbox/state/expectations.hpp"

#include "sandbox/media/seeded_random.hpp"

#include <algorithm>

namespace nightshift::sandbox {
namespace {

constexpr std::size_t bodies_max = 200'000;
constexpr std::size_t recent_max = 64;

}  // namespace

std::shared_ptr<const std::string> Expectations::shared(std::string_view expect) {
    const auto known = std::find_if(recent_.begin(), recent_.end(),
                                    [expect](const auto& each) { return *each == expect; });
    if (known != recent_.end()) return *known;
    if (recent_.size() >= recent_max) recent_.pop_front();
    recent_.push_back(std::make_shared<const std::string>(expect));
    return recent_.back();
}

void Expectations::note(std::string_view body, std::string_view expect) {
    const std::lock_guard lock(mutex_);
    const auto key = mix(0, body);
    auto [entry, is_new] = by_body_.try_emplace(key);
    entry->second = shared(expect);
    if (!is_new) return;
    order_.push_back(key);
    if (order_.size() <= bodies_max) return;
    by_body_.erase(order_.front());
    order_.pop_front();
}

std::shared_ptr<const std::string> Expectations::of(std::string_view body) const {
    const std::lock_guard lock(mutex_);
    if (by_body_.empty()) return nullptr;
    const auto known = by_body_.find(mix(0, body));
    return known == by_body_.end() ? nullptr : known->second;
}

}  // namespace nightshift::sandbox
