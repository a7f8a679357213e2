// A stream of server-sent events. They can be no longer than the body.

#include "http/sse.hpp"

#include <cstddef>
#include <cstdint>
#include <cstdlib>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view body(reinterpret_cast<const char*>(data), size);
    std::size_t total = 0;
    for (const auto& event : nightshift::http::events_of(body)) {
        total += event.name.size() + event.data.size();
    }
    if (total > size) abort();
    return 0;
}
