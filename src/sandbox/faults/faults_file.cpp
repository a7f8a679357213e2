// Reading schemas/sandbox_faults.json files.
#include "sandbox/faults/faults.hpp"

#include "sandbox/call/settings_file.hpp"
#include "sandbox/faults/reply_forms.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <fstream>
#include <iterator>
#include <utility>

namespace nightshift::sandbox {
namespace {

constexpr std::int64_t many = 1'000'000'000'000;

constexpr std::array<std::pair<std::string_view, Cut>, 8> cuts{{
    {"reset_before_body", Cut::reset_before_body},
    {"reset_after_body", Cut::reset_after_body},
    {"close_after_body", Cut::close_after_body},
    {"partial_status", Cut::partial_status},
    {"stall", Cut::stall},
    {"reset_mid_reply", Cut::reset_mid_reply},
    {"close_mid_reply", Cut::close_mid_reply},
    {"stall_mid_reply", Cut::stall_mid_reply},
}};

// 3, "3", "3-5" or "3-".
CallRange range_of(const Settings& settings, const Json& value) {
    if (value.is_number_unsigned() && value.get<std::uint64_t>() > 0) {
        return {value.get<std::uint64_t>(), value.get<std::uint64_t>()};
    }
    const std::string text = value.is_string() ? value.get<std::string>() : std::string();
    const char* end = text.data() + text.size();
    CallRange range;
    const auto [dash, error] = std::from_chars(text.data(), end, range.first);
    bool good = error == std::errc() && range.first > 0 && (dash == end || *dash == '-');
    if (good && dash == end) range.last = range.first;
    if (good && dash != end && dash + 1 != end) {
        const auto [rest, second] = std::from_chars(dash + 1, end, range.last);
        good = second == std::errc() && rest == end && range.last >= range.first;
    }
    if (!good) settings.fail("calls", "must hold numbers from 1 and ranges like \"3-5\" or \"8-\"");
    return range;
}

std::vector<CallRange> ranges_of(Settings& settings) {
    std::vector<CallRange> ranges;
    const Json& calls = settings.value("calls");
    if (calls.is_null()) return ranges;
    if (!calls.is_array()) return {range_of(settings, calls)};
    for (const Json& one : calls) ranges.push_back(range_of(settings, one));
    return ranges;
}

Headers headers_of(Settings& settings) {
    Headers headers;
    const Json& object = settings.value("headers");
    if (object.is_null()) return headers;
    if (!object.is_object()) settings.fail("headers", "must be a table of strings");
    for (const auto& [name, value] : object.items()) {
        const bool good = value.is_string() &&
                          value.get<std::string>().find_first_of("\r\n") == std::string::npos;
        if (!good) settings.fail("headers", "must be a table of strings without line breaks");
        headers.push_back(Header{name, value.get<std::string>()});
    }
    return headers;
}

// A file's bytes as they are, found beside the faults file.
std::string bytes_of(Settings& settings) {
    const auto folder = std::filesystem::path(settings.file()).parent_path();
    std::ifstream stream(folder / settings.text("body_file", ""), std::ios::binary);
    if (!stream) settings.fail("body_file", "cannot be read");
    return {std::istreambuf_iterator<char>(stream), std::istreambuf_iterator<char>()};
}

// `body` is text; a table or list is sent as the gateway writes JSON.
std::optional<std::string> body_of(Settings& settings) {
    if (settings.has("body_file") && settings.has("body")) {
        settings.fail("body_file", "and \"body\" exclude each other");
    }
    if (settings.has("body_file")) return bytes_of(settings);
    const Json& body = settings.value("body");
    if (body.is_null()) return std::nullopt;
    if (body.is_string()) return body.get<std::string>();
    if (!body.is_structured()) settings.fail("body", "must be a string, a table or a list");
    return gateway_json(body);
}

TaskScript task_of(Settings settings, const Json& object) {
    settings.texts("statuses");
    for (const char* key : {"fail_reason", "error_code", "result_url"}) settings.text(key, "");
    settings.number("render_seconds", 0, 0, 1e6);
    settings.whole("lost_after_polls", 0, 0, many);
    settings.flag("stuck", false);
    if (settings.has("statuses") && !object.at("statuses").is_array()) {
        settings.fail("statuses", "must be a list of strings");
    }
    settings.finish();
    return script_of(object);
}

ResultFault result_of(Settings settings) {
    ResultFault result;
    if (settings.has("expire_after_seconds")) {
        result.expire_after_seconds = settings.number("expire_after_seconds", 0, 0, 1e9);
    }
    if (settings.has("expire_after_fetches")) {
        result.expire_after_fetches = settings.whole("expire_after_fetches", 0, 0, many);
    }
    result.ignore_range = settings.flag("ignore_range", false);
    result.ignore_if_range = settings.flag("ignore_if_range", false);
    result.other_object = settings.flag("other_object", false);
    result.change_etag = settings.flag("change_etag", false);
    result.redirect = settings.text("redirect", "");
    result.replace = settings.text("replace", "");
    const auto& word = result.replace;
    if (!word.empty() && word != "html" && word != "json" && word != "empty" && word != "short") {
        settings.fail("replace", "must be html, json, empty or short");
    }
    settings.finish();
    return result;
}

void check_form(const Settings& settings, const Rule& rule) {
    if (rule.fault.form.empty()) return;
    if (rule.endpoints.empty()) settings.fail("form", "needs an endpoint");
    for (const Endpoint endpoint : rule.endpoints) {
        const auto forms = forms_of(endpoint);
        if (std::find(forms.begin(), forms.end(), rule.fault.form) != forms.end()) continue;
        settings.fail("form", fmt::format("must be one of: {}", fmt::join(forms, ", ")));
    }
}

Cut cut_of(Settings& settings) {
    const std::string word = settings.text("connection", "");
    for (const auto& [known, cut] : cuts) {
        if (word == known) return cut;
    }
    if (!word.empty()) settings.fail("connection", fmt::format("is not a known ending: {}", word));
    return Cut::none;
}

void read_actions(Settings& settings, Fault& fault) {
    fault.delay_seconds = settings.number("delay", 0, 0, 86'400);
    if (settings.has("status"))
        fault.status = static_cast<int>(settings.whole("status", 0, 200, 999));
    fault.body = body_of(settings);
    if (settings.has("content_type")) fault.content_type = settings.text("content_type", "");
    fault.headers = headers_of(settings);
    fault.gateway_headers = settings.flag("gateway_headers", true);
    fault.form = settings.text("form", "");
    fault.cut = cut_of(settings);
    if (settings.has("at")) fault.at = static_cast<std::size_t>(settings.whole("at", 0, 0, many));
    fault.chunked = settings.flag("chunked", false);
    fault.bytes_per_second =
        static_cast<std::size_t>(settings.whole("bytes_per_second", 0, 0, 1'000'000'000));
    if (settings.has("executed")) fault.executed = settings.flag("executed", false);
    const Json& task = settings.value("task");
    if (!task.is_null()) {
        fault.task = task_of(Settings(settings.file(), settings.place() + " task", task), task);
    }
    const Json& result = settings.value("result");
    if (!result.is_null()) {
        fault.result = result_of(Settings(settings.file(), settings.place() + " result", result));
    }
}

Rule rule_of(Settings settings) {
    Rule rule;
    settings.text("comment", "");
    rule.endpoints = settings.endpoints("endpoint");
    rule.model = settings.text("model", "*");
    rule.calls = ranges_of(settings);
    rule.every = static_cast<std::uint64_t>(settings.whole("every", 1, 1, many));
    rule.probability = settings.number("probability", 1, 0, 1);
    if (settings.has("times")) {
        rule.times = static_cast<std::uint64_t>(settings.whole("times", 1, 0, many));
    }
    const std::string count = settings.text("count", "rule");
    if (count != "rule" && count != "each") settings.fail("count", "must be rule or each");
    rule.by_key = count == "each";
    read_actions(settings, rule.fault);
    settings.finish();
    check_form(settings, rule);
    if (rule.fault.cut == Cut::reset_before_body && rule.model != "*") {
        settings.fail("model", "cannot choose before the body is read (reset_before_body)");
    }
    return rule;
}

}  // namespace

Faults read_faults(const std::filesystem::path& file, std::uint64_t seed) {
    if (file.empty()) return {};
    const Json whole = read_settings(file);
    Settings top(file.string(), "top level", whole);
    const Json& list = top.value("rule");
    top.finish();
    if (!list.is_array()) top.fail("rule", "must be a list of tables");
    std::vector<Rule> rules;
    for (std::size_t i = 0; i < list.size(); ++i) {
        rules.push_back(rule_of(Settings(file.string(), fmt::format("rule {}", i + 1), list[i])));
    }
    return Faults(std::move(rules), mix(seed, "faults"));
}

}  // namespace nightshift::sandbox
