// What the program that holds this gateway in its process will hold the answers against, so that
// they pass and whatever is built on them can be tried out.
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>

namespace nightshift::sandbox {

// Thread-safe. Remembers the last 200,000 bodies: more than can be on their way at once.
class Expectations {
public:
    // `expect`: as a manifest has it, {"json": true} or {"json_schema": {...}}.
    void note(std::string_view body, std::string_view expect);
    // nullptr when nothing was noted for the body.
    std::shared_ptr<const std::string> of(std::string_view body) const;

private:
    std::shared_ptr<const std::string> shared(std::string_view expect);

    mutable std::mutex mutex_;
    std::unordered_map<std::uint64_t, std::shared_ptr<const std::string>> by_body_;
    std::deque<std::uint64_t> order_;
    std::deque<std::shared_ptr<const std::string>> recent_;  // tasks share few of them
};

}  // namespace nightshift::sandbox
