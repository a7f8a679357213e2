// Retry-After, retry-after-ms and Date, one a line: never negative, never above its clamp.

#include "base/bounds.hpp"
#include "http/retry_after.hpp"

#include <cstddef>
#include <cstdint>
#include <cstdlib>

using namespace nightshift;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    std::string_view rest(reinterpret_cast<const char*>(data), size);
    http::Reply reply;
    for (const auto* name : {"retry-after", "retry-after-ms", "date"}) {
        const auto value = rest.substr(0, rest.find('\n'));
        rest.remove_prefix(std::min(rest.size(), value.size() + 1));
        if (!value.empty()) reply.headers.emplace_back(name, value);
    }
    const auto wait_s = http::retry_after_of(reply, 1'800'000'000'000);
    if (wait_s && !(*wait_s >= 0 && *wait_s <= limits::told_wait_max_s)) abort();
    return 0;
}
