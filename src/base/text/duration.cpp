#include "base/text/duration.hpp"

#include <array>
#include <charconv>
#include <cmath>
#include <string>

namespace nightshift {
namespace {

struct Unit {
    std::string_view name;
    double seconds;
};
constexpr std::array<Unit, 5> units = {
    {{"d", 86400}, {"h", 3600}, {"m", 60}, {"s", 1}, {"ms", 0.001}}};

bool is_space(char c) {
    return c == ' ' || c == '\t';
}

void skip_spaces(std::string_view& text) {
    while (!text.empty() && is_space(text.front())) text.remove_prefix(1);
}

// Takes a number without a sign; nothing when there is none.
std::optional<double> take_number(std::string_view& text) {
    if (text.empty() || !((text.front() >= '0' && text.front() <= '9') || text.front() == '.')) {
        return std::nullopt;
    }
    double value = 0;
    const auto [end, error] =
        std::from_chars(text.data(), text.data() + text.size(), value, std::chars_format::general);
    if (error != std::errc() || !std::isfinite(value)) return std::nullopt;
    text.remove_prefix(static_cast<std::size_t>(end - text.data()));
    return value;
}

// Takes the letters in front; the place of that unit.
std::optional<std::size_t> take_unit(std::string_view& text) {
    std::string word;
    while (!text.empty() && ((text.front() | 0x20) >= 'a' && (text.front() | 0x20) <= 'z')) {
        word += static_cast<char>(text.front() | 0x20);
        text.remove_prefix(1);
    }
    for (std::size_t i = 0; i < units.size(); ++i) {
        if (units[i].name == word) return i;
    }
    return std::nullopt;
}

}  // namespace

std::optional<double> seconds_in(std::string_view text) {
    skip_spaces(text);
    while (!text.empty() && is_space(text.back())) text.remove_suffix(1);
    auto value = take_number(text);
    if (!value) return std::nullopt;
    if (text.empty()) return value;
    double seconds = 0;
    std::size_t least = 0;  // units come largest first, each once
    while (value) {
        skip_spaces(text);
        const auto unit = take_unit(text);
        if (!unit || *unit < least) return std::nullopt;
        seconds += *value * units[*unit].seconds;
        least = *unit + 1;
        skip_spaces(text);
        if (text.empty()) return seconds;
        value = take_number(text);
    }
    return std::nullopt;
}

}  // namespace nightshift
