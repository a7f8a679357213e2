// A small JSON value that fits a JSON Schema: what a model answers that was asked for structured
// output.
#pragma once

#include "sandbox/call/json.hpp"

#include <cstdint>

namespace nightshift::sandbox {

// Knows type, properties, items, enum, const, anyOf, minItems, minimum, and Gemini's upper-case
// type names; anything else is ignored. No schema: {"answer": "...", "score": n}.
Json sample_json(const Json& schema, std::uint64_t roll);

}  // namespace nightshift::sandbox
