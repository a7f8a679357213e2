#include "json/json_limits.hpp"

#include "base/bounds.hpp"

#include <array>
#include <cstddef>

namespace nightshift {
namespace {

constexpr std::size_t number_bytes = 4096;

// The offset behind the string that begins at `at`; the end when it does not end.
std::size_t behind_string(std::string_view json, std::size_t at) {
    for (++at;;) {
        const auto quote = json.find('"', at);
        if (quote == std::string_view::npos) return json.size();
        std::size_t escapes = 0;
        while (quote - escapes > at && json[quote - escapes - 1] == '\\') ++escapes;
        at = quote + 1;
        if (escapes % 2 == 0) return at;
    }
}

}  // namespace

bool is_within_json_bounds(std::string_view json) {
    std::array<std::size_t, limits::json_depth + 1> members{};  // of each open object
    std::size_t depth = 0;
    std::size_t run = 0;  // bytes since the last one that cannot belong to a number
    for (std::size_t at = 0; at < json.size();) {
        const char c = json[at];
        if (c == '"') {
            at = behind_string(json, at);
            run = 0;
            continue;
        }
        ++at;
        if (c == '{' || c == '[') {
            if (++depth > limits::json_depth) return false;
            members[depth] = 0;
        } else if ((c == '}' || c == ']') && depth > 0) {
            --depth;
        } else if (c == ':' && ++members[depth] > limits::json_keys) {
            return false;
        }
        const bool in_number =
            (c >= '0' && c <= '9') || c == '.' || c == 'e' || c == 'E' || c == '+' || c == '-';
        run = in_number ? run + 1 : 0;
        if (run > number_bytes) return false;
    }
    return true;
}

}  // namespace nightshift
