// JSON as the gateway writes it: keys in the order given (Go structs), or sorted by the caller
// where the gateway builds a body from a map (wire contract 11.9).
#pragma once

#include <nlohmann/json.hpp>

#include <string>
#include <string_view>

namespace nightshift::sandbox {

using Json = nlohmann::ordered_json;

// Go's encoding/json: compact, UTF-8 kept, `<`, `>` and `&` escaped as \u003c \u003e \u0026.
std::string gateway_json(const Json& value);

// Compact UTF-8 without the extra escapes: what most upstreams send.
std::string plain_json(const Json& value);

// Null (`is_discarded()`) when the text is not one JSON value.
Json parse_json(std::string_view text);

// The string at `key`, or empty when absent or of another type.
std::string text_at(const Json& object, std::string_view key);

// The number at `key`, or `absent` when there is none.
double number_at(const Json& object, std::string_view key, double absent);

// The value at `key`, or a JSON null when the value is no object or has no such key.
const Json& value_at(const Json& object, std::string_view key);

}  // namespace nightshift::sandbox
