// RFC 9110 10.2.3 (Retry-After); faults.md row 27; for the families of rate headers see
// http/rate_headers.hpp, the OpenRouter and Azure API references, and the IETF's draft
// draft-ietf-httpapi-ratelimit-headers.

#include "http/retry_after.hpp"

#include "base/bounds.hpp"

#include <algorithm>
#include <string>

namespace nightshift::http {
namespace {

constexpr std::string_view reset_word = "reset", after_word = "-after";

std::optional<std::string_view> value_of(const Headers& headers, std::string_view name) {
    for (const auto& [each, value] : headers) {
        if (each == name) return value;
    }
    return std::nullopt;
}

std::optional<double> clamped(std::optional<ToldTime> told, double now_s) {
    if (!told) return std::nullopt;
    return std::clamp(told->wait_s(now_s), 0.0, limits::told_wait_max_s);
}

bool is_of_rate(std::string_view name) {
    return name.find("ratelimit") != std::string_view::npos ||
           name.find("rate-limit") != std::string_view::npos;
}

// The header that says how much is left of what `name` says the reset of.
std::string remaining_name(std::string name) {
    name.replace(name.find(reset_word), reset_word.size(), "remaining");
    if (name.ends_with(after_word)) name.resize(name.size() - after_word.size());
    return name;
}

enum class Left { unknown, some, none };

Left left_of(std::optional<std::string_view> remaining) {
    if (!remaining) return Left::unknown;
    const auto amount = told_time_of(*remaining);
    if (!amount) return Left::unknown;
    return amount->s >= 1 ? Left::some : Left::none;
}

// The later of two; times that cannot be compared without a clock are not expected in one reply.
void take_later(std::optional<ToldTime>& latest, const ToldTime& each) {
    if (!latest || (latest->is_unix == each.is_unix && each.s > latest->s)) latest = each;
}

// `"default";r=0;t=3` and `limit=10, remaining=0, reset=3`.
std::optional<std::string_view> parameter(std::string_view field, std::string_view name) {
    for (std::size_t at = field.find(name); at != std::string_view::npos;
         at = field.find(name, at + 1)) {
        const bool begins =
            at == 0 || std::string_view(";, ").find(field[at - 1]) != std::string_view::npos;
        auto rest = field.substr(at + name.size());
        if (!begins || !rest.starts_with('=')) continue;
        rest.remove_prefix(1);
        return rest.substr(0, rest.find_first_of(";, "));
    }
    return std::nullopt;
}

std::optional<ToldTime> reset_in_field(std::string_view field) {
    auto reset = parameter(field, "reset");
    if (!reset) reset = parameter(field, "t");
    auto remaining = parameter(field, "remaining");
    if (!remaining) remaining = parameter(field, "r");
    if (!reset || left_of(remaining) == Left::some) return std::nullopt;
    return told_time_of(*reset);
}

}  // namespace

double reply_time_s(const Reply& reply, std::int64_t wall_ms) {
    const auto theirs = unix_of_date(reply.header("date"));
    return theirs ? static_cast<double>(*theirs) : static_cast<double>(wall_ms) / 1000;
}

std::optional<ToldTime> retry_after_in(const Headers& headers) {
    for (const std::string_view name : {"retry-after-ms", "x-ms-retry-after-ms"}) {
        const auto text = value_of(headers, name);
        auto told = text ? told_time_of(*text) : std::nullopt;
        if (!told || told->is_unix) continue;
        if (!duration_of(*text)) told->s /= 1000;
        return told;
    }
    for (const std::string_view name : {"retry-after", "x-retry-after"}) {
        const auto text = value_of(headers, name);
        if (const auto told = text ? told_time_of(*text) : std::nullopt) return told;
    }
    return std::nullopt;
}

std::optional<double> retry_after_of(const Reply& reply, std::int64_t wall_ms) {
    const auto told = retry_after_in(reply.headers);
    return told ? clamped(told, reply_time_s(reply, wall_ms)) : std::nullopt;
}

std::optional<ToldTime> reset_in(const Headers& headers) {
    std::optional<ToldTime> empty, other;
    for (const auto& [name, value] : headers) {
        if (!is_of_rate(name)) continue;
        if (name == "ratelimit") {
            if (const auto told = reset_in_field(value)) take_later(empty, *told);
            continue;
        }
        if (name.find(reset_word) == std::string::npos) continue;
        const auto told = told_time_of(value);
        const auto left = left_of(value_of(headers, remaining_name(name)));
        if (!told || left == Left::some) continue;
        if (left == Left::none) take_later(empty, *told);
        if (left == Left::unknown && !other) other = told;
    }
    return empty ? empty : other;
}

ToldWaits::ToldWaits(const Reply& reply, std::int64_t wall_ms)
    : now_s_(reply_time_s(reply, wall_ms)),
      retry_after_(retry_after_in(reply.headers)),
      reset_(reset_in(reply.headers)) {}

std::optional<double> ToldWaits::seconds(std::optional<ToldTime> in_body, bool in_words) const {
    const auto& structured = in_words ? std::nullopt : in_body;
    for (const auto& told : {retry_after_, structured, reset_, in_body}) {
        if (told) return clamped(told, now_s_);
    }
    return std::nullopt;
}

}  // namespace nightshift::http
