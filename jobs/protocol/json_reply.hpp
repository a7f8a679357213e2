// Reading JSON that nobody vouches for: bounded depth, careless spellings repaired, and lookups
// that answer "not there" instead of throwing, because gateways disagree about types (wire
// contract 8.6).

#pragma once

#include "http/message.hpp"
#include "json/json_repair.hpp"

#include <simdjson.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace nightshift::jobs {

using JsonElement = simdjson::dom::element;

// A parsed text. Elements and the strings read from them live as long as this.
class Json {
public:
    // Nothing when it does not begin with one whole JSON value, also after json/json_repair, or is
    // over the bounds of json/json_limits. A byte order mark before it is skipped.
    static std::optional<Json> parse(std::string_view text,
                                     TornCharacters torn = TornCharacters::replaced);
    // The same; when it is nothing, throws bad_reply of unknown outcome: what should have been an
    // answer came with a 2xx and cannot be read. `operation` opens the message.
    static Json parse_answer(std::string_view text, std::string_view operation);
    // The object or array at the beginning of a text that much may follow.
    static std::optional<Json> parse_first(std::string_view text, TornCharacters torn);
    // Nothing is repaired.
    static std::optional<Json> parse_strict(std::string_view text);

    JsonElement root() const { return root_; }
    // What was parsed, as valid JSON: `original`, or what it was repaired to.
    std::string text_of(std::string original) &&;
    // Bytes of the input up to the end of the value; all of it when nothing was repaired.
    std::size_t consumed() const { return consumed_; }

private:
    // The memory of a parser is used again by the next text of the thread: that of a large one
    // costs more than the parsing when it is mapped anew.
    struct GiveBack {
        void operator()(simdjson::dom::parser* parser) const noexcept;
    };
    using Parser = std::unique_ptr<simdjson::dom::parser, GiveBack>;
    static Parser take_parser();

    Parser parser_;  // elements point into it
    JsonElement root_;
    std::optional<std::string> repaired_;
    std::size_t consumed_ = 0;
};

// A path is member names separated by dots; a number picks from an array; "" is the element itself.
// Nothing when any step fails.
std::optional<JsonElement> find(JsonElement from, std::string_view path);
// The same, and not null.
std::optional<JsonElement> find_value(JsonElement from, std::string_view path);

// The string there; "" when there is none or it is no string.
std::string_view string_at(JsonElement from, std::string_view path);
// A string, number or boolean as text; "" for anything else.
std::string scalar_at(JsonElement from, std::string_view path);
// A whole number, also when it is written as a string or as 5.0.
std::optional<std::int64_t> integer_at(JsonElement from, std::string_view path);
bool is_true_at(JsonElement from, std::string_view path);

// Empty when there is no array there.
simdjson::dom::array array_at(JsonElement from, std::string_view path);

// Writing: a JSON string literal of `text` (bytes that are no UTF-8 become U+FFFD), and the
// compact text of an element with its numbers as simdjson holds them.
std::string json_string(std::string_view text);
std::string json_of(JsonElement element);

// The body without byte order mark, white space and SSE comment lines before its first real byte
// (": PING" may precede a plain JSON error, wire contract 3.4).
std::string_view meat_of(std::string_view body);

// The same, without a copy of what may be large.
std::string only_meat(std::string body);

// A body that is a stream of events and not one JSON value.
bool is_event_stream(std::string_view body);

// "post /v1/videos": opens messages; a query is left out, it may hold a key.
std::string operation_of(std::string_view verb, std::string_view path);

}  // namespace nightshift::jobs
