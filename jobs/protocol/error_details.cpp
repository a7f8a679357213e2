// Where they stand: OpenAI and Azure (`innererror`), LiteLLM (`provider_specific_fields`), Google
// (google.rpc.RetryInfo and ErrorInfo in `details`: cloud.google.com/apis/design/errors),
// OpenRouter (`metadata.headers`, `metadata.raw`: openrouter.ai/docs/api-reference/errors), vLLM
// and other flat errors (`object: "error"`).

#include "jobs/protocol/error_details.hpp"

#include "http/retry_after.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <string>

namespace nightshift::jobs {
namespace {

constexpr int depth_max = 6;
constexpr std::size_t codes_max = 16;

// Members that an error wraps another one in.
constexpr std::array wrappers = std::to_array<std::string_view>(
    {"error", "innererror", "details", "providerspecificfields", "metadata", "raw", "cause", "body",
     "response", "contentfilterresult", "parameters"});
constexpr std::array code_names = std::to_array<std::string_view>(
    {"code", "reason", "reasons", "type", "errortype", "errorcode"});
constexpr std::array status_names = std::to_array<std::string_view>(
    {"status", "statuscode", "httpcode", "httpstatus", "httpstatuscode"});
constexpr std::array wait_names = std::to_array<std::string_view>(
    {"retryafter", "retrydelay", "retryafterseconds", "retryafters", "retryafterms", "retryin",
     "retryinseconds", "waitseconds", "resetsinseconds", "resetinseconds", "resetsat", "resetat"});

template <std::size_t size>
bool is_one_of(const std::array<std::string_view, size>& names, std::string_view name) {
    return std::find(names.begin(), names.end(), name) != names.end();
}

// "retry-after", "retry_after" and "retryAfter" are one name.
std::string folded(std::string_view name) {
    std::string out;
    for (const char c : name.substr(0, 40)) {
        if (c == '-' || c == '_') continue;
        out += c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    }
    return out;
}

int status_of(std::string_view text) {
    int number = 0;
    const auto* end = text.data() + text.size();
    const auto result = std::from_chars(text.data(), end, number);
    const bool whole = result.ec == std::errc() && result.ptr == end;
    return whole && number >= 400 && number < 600 ? number : 0;
}

// A string or number; or Google's {"seconds": 3, "nanos": 500000000}.
std::optional<ToldTime> wait_of(JsonElement value, bool in_ms) {
    if (value.is_object()) {
        const auto whole = integer_at(value, "seconds");
        if (!whole || *whole < 0) return std::nullopt;
        const auto nanos =
            std::clamp<std::int64_t>(integer_at(value, "nanos").value_or(0), 0, 1'000'000'000);
        return ToldTime{static_cast<double>(*whole) + 1e-9 * static_cast<double>(nanos), false};
    }
    const auto text = scalar_at(value, "");
    auto told = told_time_of(text);
    if (told && !told->is_unix && in_ms && !duration_of(text)) told->s /= 1000;
    return told;
}

// A copy of the provider's headers.
std::optional<ToldTime> wait_in_headers(JsonElement value) {
    simdjson::dom::object members;
    if (value.get(members)) return std::nullopt;
    http::Headers headers;
    for (const auto& [key, each] : members) {
        std::string name(key.substr(0, 80));
        std::transform(name.begin(), name.end(), name.begin(), [](char c) {
            return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
        });
        headers.emplace_back(std::move(name), scalar_at(each, ""));
        if (headers.size() >= 64) break;
    }
    const auto asked = http::retry_after_in(headers);
    return asked ? asked : http::reset_in(headers);
}

class Walk {
public:
    explicit Walk(ErrorObject& error) : error_(error) {}

    void visit(JsonElement element, int depth, bool within_error) {
        if (depth > depth_max) return;
        if (element.is_array()) {
            for (const auto each : array_at(element, "")) {
                if (within_error && each.is_string()) add_code(string_at(each, ""));
                visit(each, depth + 1, within_error);
            }
            return;
        }
        if (element.is_string()) return visit_text(string_at(element, ""), depth);
        simdjson::dom::object members;
        if (element.get(members)) return;
        for (const auto& [key, value] : members) take(folded(key), value, depth, within_error);
    }

private:
    void visit_text(std::string_view text, int depth) {
        if (!text.starts_with('{')) return;
        if (const auto json = Json::parse(text)) visit(json->root(), depth + 1, true);
    }

    void add_code(std::string_view code) {
        if (!code.empty() && code.size() <= 100 && error_.inner_codes.size() < codes_max) {
            error_.inner_codes.emplace_back(code);
        }
    }

    void take(const std::string& name, JsonElement value, int depth, bool within_error) {
        if (is_one_of(wait_names, name)) {
            if (!error_.told) error_.told = wait_of(value, name.ends_with("ms"));
        } else if (name == "headers") {
            if (!error_.told) error_.told = wait_in_headers(value);
        } else if (is_one_of(status_names, name)) {
            if (error_.status == 0) error_.status = status_of(scalar_at(value, ""));
        } else if (name == "param") {
            if (error_.param.empty()) error_.param = string_at(value, "").substr(0, 100);
        }
        if (within_error && is_one_of(code_names, name)) {
            value.is_array() ? visit(value, depth + 1, true) : add_code(string_at(value, ""));
        }
        if (is_one_of(wrappers, name)) visit(value, depth + 1, within_error || name != "error");
    }

    ErrorObject& error_;
};

// `error` as an object or a sentence, flat `object: "error"`, or `code` and `message`.
bool has_gateways_form(JsonElement root) {
    if (find_value(root, "error")) return true;
    if (string_at(root, "object") == "error") return true;
    return !scalar_at(root, "code").empty() && !string_at(root, "message").empty();
}

constexpr std::array wait_phrases = std::to_array<std::string_view>(
    {"try again in ", "try again after ", "retry in ", "retry after ",
     "retry-after: ", "please wait ", "wait for ", "wait at least ", "must wait ", "resets in ",
     "reset in ", "reset after ", "available in ", "again within ", "等待", "等候"});
constexpr std::array until_phrases = std::to_array<std::string_view>(
    {"try again at ", "retry at ", "resets at ", "reset at ", "try again after ", "until "});
constexpr std::array afterwards =
    std::to_array<std::string_view>({"后", "後", "之后", "之後", "以后", "以後"});

void skip(std::string_view& text, std::initializer_list<std::string_view> words) {
    for (bool more = true; more;) {
        more = false;
        for (const auto word : words) {
            if (!text.starts_with(word)) continue;
            text.remove_prefix(word.size());
            more = true;
        }
    }
}

std::optional<double> duration_after(std::string_view text, std::string_view phrase) {
    for (auto at = text.find(phrase); at != std::string_view::npos;
         at = text.find(phrase, at + 1)) {
        auto rest = text.substr(at + phrase.size());
        skip(rest, {" ", "about ", "approximately ", "around ", "at least ", "for ", "another ",
                    "~", "至少", "约"});
        if (const auto wait_s = take_duration(rest)) return wait_s;
    }
    return std::nullopt;
}

std::optional<ToldTime> time_after(std::string_view text, std::string_view phrase) {
    const auto at = text.find(phrase);
    if (at == std::string_view::npos) return std::nullopt;
    auto word = text.substr(at + phrase.size());
    word = word.substr(0, word.find_first_of(" ,()\"'"));
    while (word.ends_with('.')) word.remove_suffix(1);
    std::string upper(word);
    for (char& c : upper) {
        if (c == 't' || c == 'z') c = static_cast<char>(c - 'a' + 'A');
    }
    const auto unix_s = unix_of_timestamp(upper);
    return unix_s ? std::optional(ToldTime{*unix_s, true}) : std::nullopt;
}

// "3 秒后": how long comes first.
std::optional<double> duration_before(std::string_view text) {
    for (std::size_t at = 0; at < text.size(); ++at) {
        const bool digit = text[at] >= '0' && text[at] <= '9';
        if (!digit ||
            (at > 0 && (text[at - 1] == '.' || (text[at - 1] >= '0' && text[at - 1] <= '9'))))
            continue;
        auto rest = text.substr(at);
        const auto wait_s = take_duration(rest);
        skip(rest, {" "});
        const bool after = std::any_of(afterwards.begin(), afterwards.end(),
                                       [rest](auto word) { return rest.starts_with(word); });
        if (wait_s && after) return wait_s;
    }
    return std::nullopt;
}

}  // namespace

std::optional<ToldTime> wait_in_words(std::string_view message) {
    std::string text(message);
    for (char& c : text) {
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    }
    for (const auto phrase : wait_phrases) {
        if (const auto wait_s = duration_after(text, phrase)) return ToldTime{*wait_s, false};
    }
    if (const auto wait_s = duration_before(text)) return ToldTime{*wait_s, false};
    for (const auto phrase : until_phrases) {
        if (const auto told = time_after(text, phrase)) return told;
    }
    return std::nullopt;
}

void read_details(ErrorObject& error, JsonElement root) {
    error.is_gateways = has_gateways_form(root);
    Walk(error).visit(root, 0, false);
    if (const auto own = status_of(error.code)) error.status = own;
    if (error.told) return;
    error.told = wait_in_words(error.message);
    error.told_in_words = error.told.has_value();
}

}  // namespace nightshift::jobs
