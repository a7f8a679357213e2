#include "cli/input/argument_types.hpp"

#include "base/text/counted.hpp"
#include "base/text/duration.hpp"
#include "base/text/terminal_text.hpp"

#include <fmt/format.h>

#include <charconv>
#include <cmath>
#include <string>

namespace nightshift::cli {
namespace {

constexpr double endless = 1e15;  // a bound that is not worth telling

// The whole text as one value.
template <class Value>
bool read(const std::string& text, Value& value) {
    const auto* end = text.data() + text.size();
    const auto [rest, error] = std::from_chars(text.data(), end, value);
    return error == std::errc() && rest == end;
}

std::string bounds(double least, double most) {
    if (most >= endless) return fmt::format("{} or more", least);
    return fmt::format("from {} to {}", least, most);
}

std::string in_quotes(const std::string& text) {
    return "\"" + term_safe(text, 80) + "\"";
}

}  // namespace

CLI::Validator number_from(double least, double most) {
    return {[least, most](std::string& text) -> std::string {
                double value = 0;
                if (!read(text, value) || !std::isfinite(value)) {
                    return in_quotes(text) + " is not a number";
                }
                if (value >= least && value <= most) return {};
                return in_quotes(text) + " must be " + bounds(least, most);
            },
            ""};
}

CLI::Validator integer_from(std::int64_t least, std::int64_t most) {
    return {[least, most](std::string& text) -> std::string {
                std::int64_t value = 0;
                if (!read(text, value)) return in_quotes(text) + " is not a whole number";
                if (value >= least && value <= most) return {};
                const bool open = most >= static_cast<std::int64_t>(endless);
                return in_quotes(text) + " must be " +
                       (open ? grouped(least) + " or more"
                             : fmt::format("from {} to {}", grouped(least), grouped(most)));
            },
            ""};
}

CLI::Validator duration_from(double least_s, double most_s) {
    return {[least_s, most_s](std::string& text) -> std::string {
                const auto seconds = seconds_in(text);
                if (!seconds) {
                    return in_quotes(text) + " is not a duration such as 90s, 30m, 8h or 1h30m";
                }
                if (*seconds < least_s || *seconds > most_s) {
                    return in_quotes(text) + " must be " + bounds(least_s, most_s) + " seconds";
                }
                text = fmt::format("{}", *seconds);
                return {};
            },
            ""};
}

}  // namespace nightshift::cli
