#include "jobs/protocol/json_reply.hpp"

#include "base/bounds.hpp"
#include "base/failure.hpp"
#include "base/text/terminal_text.hpp"
#include "http/sse.hpp"
#include "json/json_limits.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <new>
#include <vector>

namespace nightshift::jobs {
namespace {

constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";
constexpr std::string_view white_space = " \t\r\n";

std::optional<std::int64_t> integer_of(std::string_view digits) {
    std::int64_t value = 0;
    const auto end = digits.data() + digits.size();
    const auto result = std::from_chars(digits.data(), end, value);
    if (result.ec != std::errc() || result.ptr != end) return std::nullopt;
    return value;
}

// Parsers that nobody uses: an answer may be read while another is held.
constexpr std::size_t spare_max = 2;
constexpr std::size_t spare_bytes_max = 8u << 20;  // of text; several times as much memory
thread_local std::vector<std::unique_ptr<simdjson::dom::parser>> spare_parsers;

}  // namespace

void Json::GiveBack::operator()(simdjson::dom::parser* parser) const noexcept {
    std::unique_ptr<simdjson::dom::parser> owned(parser);
    if (owned->capacity() > spare_bytes_max || spare_parsers.size() >= spare_max) return;
    try {
        spare_parsers.push_back(std::move(owned));
    } catch (const std::bad_alloc&) {
        return;
    }
}

Json::Parser Json::take_parser() {
    if (spare_parsers.empty()) return Parser(new simdjson::dom::parser());
    Parser parser(spare_parsers.back().release());
    spare_parsers.pop_back();
    return parser;
}

std::optional<Json> Json::parse(std::string_view text, TornCharacters torn) {
    auto json = parse_strict(text);
    return json ? std::move(json) : parse_first(text, torn);
}

std::optional<Json> Json::parse_first(std::string_view text, TornCharacters torn) {
    auto repaired = repair_json(text, torn);
    if (!repaired) return std::nullopt;
    auto json = parse_strict(repaired->text);
    if (!json) return std::nullopt;
    json->consumed_ = repaired->consumed;
    json->repaired_ = std::move(repaired->text);
    return json;
}

std::string Json::text_of(std::string original) && {
    return repaired_ ? std::move(*repaired_) : std::move(original);
}

std::optional<Json> Json::parse_strict(std::string_view text) {
    const auto size = text.size();
    if (text.starts_with(byte_order_mark)) text.remove_prefix(byte_order_mark.size());
    if (text.empty() || !is_within_json_bounds(text)) return std::nullopt;
    Json json;
    json.consumed_ = size;
    json.parser_ = take_parser();
    // Without this the first parse would allow 1024 levels.
    const auto needed = text.size() + 1;
    if (json.parser_->capacity() < needed) {
        if (json.parser_->allocate(needed, limits::json_depth)) return std::nullopt;
    }
    if (json.parser_->parse(text.data(), text.size()).get(json.root_)) return std::nullopt;
    return json;
}

Json Json::parse_answer(std::string_view text, std::string_view operation) {
    auto json = parse(text);
    if (json) return std::move(*json);
    const auto cause = text.empty() ? std::string("the reply is empty")
                                    : fmt::format("the reply is no JSON: {}", term_safe(text, 80));
    throw Failed({.kind = Kind::bad_reply,
                  .code = text.empty() ? "empty_reply" : "unreadable_reply",
                  .message = fmt::format("{}: {}", operation, cause),
                  .billing = Billing::unknown});
}

std::optional<JsonElement> find(JsonElement from, std::string_view path) {
    while (!path.empty()) {
        const auto step = path.substr(0, path.find('.'));
        path.remove_prefix(std::min(step.size() + 1, path.size()));
        JsonElement next;
        if (from.is_array()) {
            const auto index = integer_of(step);
            if (!index || *index < 0) return std::nullopt;
            if (from.at(static_cast<std::size_t>(*index)).get(next)) return std::nullopt;
        } else if (from.at_key(step).get(next)) {
            return std::nullopt;
        }
        from = next;
    }
    return from;
}

std::optional<JsonElement> find_value(JsonElement from, std::string_view path) {
    auto found = find(from, path);
    if (found && found->is_null()) return std::nullopt;
    return found;
}

std::string_view string_at(JsonElement from, std::string_view path) {
    const auto found = find(from, path);
    std::string_view text;
    if (!found || found->get(text)) return {};
    return text;
}

std::string scalar_at(JsonElement from, std::string_view path) {
    const auto found = find(from, path);
    if (!found || found->is_null() || found->is_array() || found->is_object()) return {};
    std::string_view text;
    if (!found->get(text)) return std::string(text);
    return json_of(*found);
}

std::optional<std::int64_t> integer_at(JsonElement from, std::string_view path) {
    const auto found = find(from, path);
    if (!found) return std::nullopt;
    std::int64_t whole = 0;
    if (!found->get(whole)) return whole;
    double real = 0;
    if (!found->get(real)) {
        if (!(real > -9e15 && real < 9e15)) return std::nullopt;
        return static_cast<std::int64_t>(real);
    }
    std::string_view text;
    if (!found->get(text)) return integer_of(text);
    return std::nullopt;
}

bool is_true_at(JsonElement from, std::string_view path) {
    const auto found = find(from, path);
    bool value = false;
    return found && !found->get(value) && value;
}

simdjson::dom::array array_at(JsonElement from, std::string_view path) {
    // An array has no empty value of its own in simdjson: this one is.
    static const auto& none = *new Json(Json::parse("[]").value());  // outlives every thread
    const auto found = find(from, path);
    simdjson::dom::array array;
    if (found && !found->get(array)) return array;
    return none.root().get_array().value_unsafe();
}

std::string json_string(std::string_view text) {
    std::string out = "\"";
    for (std::size_t i = 0; i < text.size();) {
        const auto length = utf8_length(text.substr(i));
        const auto byte = static_cast<unsigned char>(text[i]);
        if (length == 0) {
            out += "\xEF\xBF\xBD";
        } else if (byte == '"' || byte == '\\') {
            out += {'\\', text[i]};
        } else if (byte < 0x20 || byte == 0x7F) {
            out += fmt::format("\\u{:04x}", byte);
        } else {
            out += text.substr(i, length);
        }
        i += length == 0 ? 1 : length;
    }
    return out + '"';
}

std::string json_of(JsonElement element) {
    return simdjson::minify(element);
}

std::string_view meat_of(std::string_view body) {
    while (true) {
        if (body.starts_with(byte_order_mark)) body.remove_prefix(byte_order_mark.size());
        const auto start = body.find_first_not_of(white_space);
        if (start == std::string_view::npos) return {};
        body.remove_prefix(start);
        if (body.starts_with(byte_order_mark)) continue;
        if (body.front() != ':') return body;
        const auto end = body.find('\n');
        if (end == std::string_view::npos) return {};
        body.remove_prefix(end + 1);
    }
}

std::string only_meat(std::string body) {
    body.erase(0, body.size() - meat_of(body).size());
    return body;
}

bool is_event_stream(std::string_view body) {
    const auto meat = meat_of(body);
    return http::begins_with_event_field(meat) ||
           (meat.empty() && !body.empty());  // comments and nothing after them
}

std::string operation_of(std::string_view verb, std::string_view path) {
    return fmt::format("{} {}", verb, term_safe(path.substr(0, path.find('?')), 200));
}

}  // namespace nightshift::jobs
