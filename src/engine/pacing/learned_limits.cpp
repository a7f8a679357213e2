#include "engine/pacing/learned_limits.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>

namespace nightshift {

std::string to_json(const LearnedLimits& learned) {
    return fmt::format(
        R"({{"requests_per_minute":{:.4g},"tokens_per_minute":{:.4g},"concurrency":{},)"
        R"("unslowed":{},"remote_tasks":{},"by_minute":{}}})",
        learned.requests_per_minute, learned.tokens_per_minute, learned.concurrency,
        learned.unslowed, learned.remote_tasks, learned.by_minute);
}

LearnedLimits learned_limits_of(std::string_view json) {
    const auto read = nlohmann::json::parse(json, nullptr, false);
    if (!read.is_object()) return {};
    const auto number = [&](const char* key) {
        const auto found = read.find(key);
        return found != read.end() && found->is_number() ? std::max(0.0, found->get<double>()) : 0;
    };
    const auto count = [&](const char* key) {
        return static_cast<int>(std::min(1e6, number(key)));
    };
    const auto minute = read.find("by_minute");
    return {.requests_per_minute = number("requests_per_minute"),
            .tokens_per_minute = number("tokens_per_minute"),
            .concurrency = count("concurrency"),
            .unslowed = count("unslowed"),
            .remote_tasks = count("remote_tasks"),
            .by_minute = minute != read.end() && minute->is_boolean() && minute->get<bool>()};
}

}  // namespace nightshift
