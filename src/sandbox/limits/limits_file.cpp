// Reading schemas/sandbox_limits.json files.
#include "sandbox/limits/limit.hpp"

#include "sandbox/call/settings_file.hpp"

#include <fmt/format.h>

#include <array>
#include <utility>

namespace nightshift::sandbox {
namespace {

constexpr std::int64_t many = 1'000'000'000;

constexpr double year_s = 366 * 86'400.0;  // longer than any night of tests
constexpr std::array<std::pair<std::string_view, Window>, 3> windows{{
    {"sliding", Window::sliding},
    {"fixed", Window::fixed},
    {"bucket", Window::bucket},
}};

Window window_of(Settings& settings) {
    const std::string word = settings.text("window", "sliding");
    for (const auto& [known, window] : windows) {
        if (word == known) return window;
    }
    settings.fail("window", "must be sliding, fixed or bucket");
}

TokenCount token_count_of(Settings& settings) {
    const std::string word = settings.text("tokens", "reserved");
    if (word != "reserved" && word != "used") settings.fail("tokens", "must be reserved or used");
    return word == "used" ? TokenCount::used : TokenCount::reserved;
}

Change change_of(Settings settings) {
    for (const char* key : {"after_seconds", "factor"}) {
        if (!settings.has(key)) settings.fail(key, "is missing");
    }
    Change change;
    change.after_seconds = settings.number("after_seconds", 0, 0, year_s);
    change.factor = settings.number("factor", 1, 0, 1'000'000);
    if (settings.has("every_seconds")) {
        change.every_seconds = settings.number("every_seconds", 0, 1, year_s);
    }
    settings.finish();
    return change;
}

std::vector<Change> changes_of(Settings& settings) {
    if (!settings.has("changes")) return {};
    const Json& list = settings.value("changes");
    if (!list.is_array()) settings.fail("changes", "must be a list of tables");
    std::vector<Change> changes;
    for (std::size_t i = 0; i < list.size(); ++i) {
        const std::string place = fmt::format("{} change {}", settings.place(), i + 1);
        changes.push_back(change_of(Settings(settings.file(), place, list[i])));
    }
    return changes;
}

// How the limits count, and how they change.
void read_counting(Settings& settings, Limit& limit) {
    limit.per_model = settings.flag("per_model", false);
    limit.window = window_of(settings);
    if (settings.has("burst_seconds") && limit.window != Window::bucket) {
        settings.fail("burst_seconds", "needs window = \"bucket\"");
    }
    limit.burst_seconds = settings.number("burst_seconds", 1, 0, 86'400);
    limit.tokens = token_count_of(settings);
    limit.changes = changes_of(settings);
}

void read_slowness(Settings& settings, Limit& limit) {
    limit.latency_seconds = settings.number("latency_seconds", 0, 0, 86'400);
    limit.slow_above = settings.whole("slow_above", 0, 0, many);
    if (settings.has("slow_factor") && limit.slow_above == 0) {
        settings.fail("slow_factor", "needs slow_above");
    }
    limit.slow_factor = settings.number("slow_factor", 1, 0, 1'000);
}

Limit limit_of(Settings settings) {
    Limit limit;
    limit.model = settings.text("model", "*");
    limit.endpoints = settings.endpoints("endpoint");
    limit.requests_per_minute = settings.whole("requests_per_minute", 0, 0, many);
    limit.tokens_per_minute = settings.whole("tokens_per_minute", 0, 0, many);
    limit.concurrency = settings.whole("concurrency", 0, 0, many);
    limit.remote_tasks = settings.whole("remote_tasks", 0, 0, many);
    read_counting(settings, limit);
    read_slowness(settings, limit);
    limit.reply = settings.text("reply", "upstream");
    if (limit.reply != "upstream" && limit.reply != "gateway" && limit.reply != "empty") {
        settings.fail("reply", "must be upstream, gateway or empty");
    }
    if (settings.has("retry_after")) {
        limit.retry_after = settings.number("retry_after", 0, 0, 86'400);
    }
    limit.headers = settings.flag("headers", false);
    if (limit.headers && limit.requests_per_minute == 0 && limit.tokens_per_minute == 0) {
        settings.fail("headers", "needs requests_per_minute or tokens_per_minute");
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
