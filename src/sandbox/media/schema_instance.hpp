// A JSON value that a JSON Schema accepts, with short real texts: the answer of a model that was
// told of the schema in its prompt.
#pragma once

#include "sandbox/call/json.hpp"

#include <cstdint>

namespace nightshift::sandbox {

// Keeps to type, enum, const, properties, required, items, minItems, maxItems, minimum, maximum,
// exclusiveMinimum, exclusiveMaximum, minLength, maxLength (code points), allOf, and the first
// branch of anyOf and oneOf; anything else is ignored. Where nothing bounds a number above it is
// the least one that may be, 1 or more where that may be: numbers of such answers choose and count.
// Lists without an upper bound have at most two elements more than they must. The same roll gives
// the same value. Size and depth are bounded, whatever the schema says.
Json schema_instance(const Json& schema, std::uint64_t roll);

}  // namespace nightshift::sandbox
