// Reading schemas/sandbox_limits.json files.
#include "sandbox/limits.hpp"

#include "sandbox/settings.hpp"

#include <fmt/format.h>

namespace nightshift::sandbox {
namespace {

constexpr std::int64_t many = 1'000'000'000;

Limit limit_of(Settings settings) {
    Limit limit;
    limit.model = settings.text("model", "*");
    limit.endpoints = settings.endpoints("endpoint");
    limit.requests_per_minute = settings.whole("requests_per_minute", 0, 0, many);
    limit.tokens_per_minute = settings.whole("tokens_per_minute", 0, 0, many);
    limit.concurrency = settings.whole("concurrency", 0, 0, many);
    limit.remote_tasks = settings.whole("remote_tasks", 0, 0, many);
    limit.reply = settings.text("reply", "upstream");
    if (limit.reply != "upstream" && limit.reply != "gateway" && limit.reply != "empty") {
        settings.fail("reply", "must be upstream, gateway or empty");
    }
    if (settings.has("retry_after")) {
        limit.retry_after = settings.number("retry_after", 0, 0, 86'400);
    }
    for (const Endpoint endpoint : limit.endpoints) {
        if (!is_paid(endpoint)) settings.fail("endpoint", "must be one that takes POST");
    }
    settings.finish();
    return limit;
}

}  // namespace

std::vector<Limit> read_limits(const std::filesystem::path& file) {
    if (file.empty()) return {};
    const Json whole = read_settings(file);
    Settings top(file.string(), "top level", whole);
    const Json& list = top.value("limit");
    top.finish();
    if (!list.is_array()) top.fail("limit", "must be a list of tables");
    std::vector<Limit> limits;
    for (std::size_t i = 0; i < list.size(); ++i) {
        limits.push_back(
            limit_of(Settings(file.string(), fmt::format("limit {}", i + 1), list[i])));
    }
    return limits;
}

}  // namespace nightshift::sandbox
