// A stream of server-sent events. No event can be longer than the body.

#include "http/sse.hpp"

#include <cstddef>
#include <cstdint>
#include <cstdlib>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view body(reinterpret_cast<const char*>(data), size);
    const auto stream = nightshift::http::events_of(body);
    std::size_t total = stream.stray.size();
    for (const auto& event : stream.events) total += event.name.size() + event.data.size();
    if (total > 2 * size + 1) abort();
    return 0;
}
