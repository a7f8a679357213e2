#include "base/text/clock_time.hpp"

#include <array>
#include <ctime>

namespace nightshift {

std::string clock_time(std::int64_t unix_ms, std::int64_t now_ms) {
    constexpr std::int64_t far_ms = 18 * 3600 * 1000ll;
    const auto apart_ms = unix_ms > now_ms ? unix_ms - now_ms : now_ms - unix_ms;
    const bool is_far = now_ms > 0 && apart_ms > far_ms;
    const std::time_t seconds = unix_ms / 1000;
    std::tm parts{};
    localtime_r(&seconds, &parts);
    std::array<char, 32> text{};
    const auto size =
        std::strftime(text.data(), text.size(), is_far ? "%e %b %H:%M" : "%H:%M", &parts);
    return {text.data(), size};
}

}  // namespace nightshift
