#include "json/json_number.hpp"

#include "json/json_scan.hpp"

#include <charconv>
#include <cstdint>

namespace nightshift {
namespace {

constexpr bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

}  // namespace

std::size_t skip_json_number(std::string_view json, std::size_t at) {
    const std::size_t begin = at;
    const auto digits = [&] {
        const std::size_t first = at;
        while (at < json.size() && is_digit(json[at])) ++at;
        return at > first;
    };
    if (at < json.size() && json[at] == '-') ++at;
    if (at < json.size() && json[at] == '0') {
        ++at;
    } else if (!digits()) {
        return begin;
    }
    if (at < json.size() && json[at] == '.') {
        ++at;
        if (!digits()) return begin;
    }
    if (at < json.size() && (json[at] == 'e' || json[at] == 'E')) {
        ++at;
        if (at < json.size() && (json[at] == '+' || json[at] == '-')) ++at;
        if (!digits()) return begin;
    }
    return at;
}

bool is_huge_number(std::string_view number) {
    if (number.find_first_of(".eE") == std::string_view::npos) {
        if (number.size() < 19) return false;
        std::int64_t low = 0;
        std::uint64_t high = 0;
        const char* const end = number.data() + number.size();
        return std::from_chars(number.data(), end, low).ec != std::errc() &&
               std::from_chars(number.data(), end, high).ec != std::errc();
    }
    double value = 0;
    const auto parsed = std::from_chars(number.data(), number.data() + number.size(), value);
    // Out of range also means too small, which parsers read as 0.
    return parsed.ec == std::errc::result_out_of_range && number.find("e-") == std::string::npos &&
           number.find("E-") == std::string::npos;
}

bool replace_huge_numbers(std::string& json) {
    bool replaced = false;
    std::size_t at = 0;
    while (at < json.size()) {
        if (json[at] == '"') {
            at = skip_value(json, at);
            continue;
        }
        const std::size_t end =
            json[at] == '-' || is_digit(json[at]) ? skip_json_number(json, at) : at;
        if (end == at) {
            ++at;
            continue;
        }
        if (is_huge_number(std::string_view(json).substr(at, end - at))) {
            if (json[at] == '-') ++at;
            json.replace(at, end - at, "9e" + std::string(end - at - 4, '0') + "99");
            replaced = true;
        }
        at = end;
    }
    return replaced;
}

}  // namespace nightshift
