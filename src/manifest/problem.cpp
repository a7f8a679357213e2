#include "manifest/problem.hpp"

#include "base/text/terminal_text.hpp"

#include <fmt/format.h>

namespace nightshift {
namespace {

constexpr std::size_t words_max = 600;  // bytes: an id or a field name may be megabytes

}  // namespace

// The manifest's own words stand in here; they must not reach a terminal as they are.
std::string Problem::text() const {
    std::string text = term_safe(file);
    if (line > 0) text += fmt::format("{}{}", text.empty() ? "" : ":", line);
    if (line > 0 && column > 0) text += fmt::format(":{}", column);
    if (!text.empty()) text += ": ";
    text += term_safe(what, words_max);
    if (!what_to_do.empty()) text += "; " + term_safe(what_to_do, words_max);
    return text;
}

}  // namespace nightshift
