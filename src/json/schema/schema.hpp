// The part of JSON Schema that this program checks: type, required, properties,
// additionalProperties, items, enum, const, minimum, maximum, exclusiveMinimum, exclusiveMaximum,
// minLength, maxLength (in code points), minItems, maxItems, anyOf, oneOf, allOf, not, and `true` /
// `false` as schemas. Compiled once, then applied to simdjson values without allocating.
//
// `$ref` is refused. Other keywords are passed over; those that would check something are listed
// by `ignored()`, so that a user can be told.

#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace simdjson::dom {
class element;
}

namespace nightshift {

struct Violation {
    std::string pointer;      // JSON pointer of the value, or of the member that is too many
    std::string what;         // "must be an integer, not a text"
    std::string description;  // of the value, from the schema; may be empty
    bool missing = false;     // a required member is absent: pointer is the object's
    bool unknown = false;     // a member that the schema does not allow
};

class JsonSchema {
public:
    // Accepts everything.
    JsonSchema();
    ~JsonSchema();
    JsonSchema(JsonSchema&&) noexcept;
    JsonSchema& operator=(JsonSchema&&) noexcept;

    // Of members of objects: whether null is a value as any other, or says that there is none.
    enum class Nulls { values, absent };

    struct Compiled;
    // From JSON text or a parsed value. A schema that is wrong in itself (no object or boolean, a
    // keyword with a wrong value, $ref, more than 64 deep) gives a problem instead.
    static Compiled compile(std::string_view text, Nulls nulls = Nulls::values);
    static Compiled compile(const simdjson::dom::element& schema, Nulls nulls = Nulls::values);

    bool accepts(const simdjson::dom::element& value) const;
    // What is wrong with the value, at most `limit` things, in order of the schema.
    std::vector<Violation> violations(const simdjson::dom::element& value,
                                      std::size_t limit = 20) const;
    // Names of keywords of the schema that ask for a check that is not made.
    const std::vector<std::string>& ignored() const;

private:
    struct Tree;
    std::unique_ptr<Tree> tree_;
};

struct JsonSchema::Compiled {
    JsonSchema schema;
    std::string problem;  // empty: good
    std::string pointer;  // in the schema, of the problem
};

}  // namespace nightshift
