// The compiled form of a JSON Schema: nodes that refer to each other by index. Private to
// json_schema*.cpp.

#pragma once

#include "json/schema/schema.hpp"

#include <simdjson.h>

#include <array>
#include <cmath>
#include <cstddef>
#include <limits>
#include <string>
#include <string_view>
#include <vector>

namespace nightshift::schema {

namespace dom = simdjson::dom;
using Type = dom::element_type;

inline constexpr std::size_t none = static_cast<std::size_t>(-1);

enum TypeBit : unsigned {
    bit_null = 1,
    bit_bool = 2,
    bit_integer = 4,
    bit_number = 8,
    bit_string = 16,
    bit_array = 32,
    bit_object = 64,
};

struct TypeName {
    std::string_view name;
    unsigned bit;
    std::string_view in_words;
};
inline constexpr std::array<TypeName, 7> type_names = {{
    {"null", bit_null, "null"},
    {"boolean", bit_bool, "true or false"},
    {"integer", bit_integer, "an integer"},
    {"number", bit_number | bit_integer, "a number"},
    {"string", bit_string, "a text"},
    {"array", bit_array, "a list"},
    {"object", bit_object, "an object"},
}};

// The bits of a value: one of them, or number and integer for a whole number.
unsigned bit_of(const dom::element& value);
// Of a value that is a number.
double number_of(const dom::element& value);
std::size_t code_points(std::string_view text);

// A value of `enum` or `const`.
struct Constant {
    unsigned bits = 0;
    std::string text;  // of a string; the compact JSON text of anything else
    double number = 0;
    bool equals(const dom::element& value, unsigned value_bits) const;
};

struct Property {
    std::string name;
    std::size_t node = none;  // none: only required
    bool required = false;
};

struct Node {
    bool refuses = false;  // the schema `false`
    unsigned types = 0;    // 0: any
    std::vector<Constant> constants;
    std::vector<Property> properties;
    bool has_required = false;
    bool additional_allowed = true;
    bool null_is_absent = false;  // of its members
    std::size_t additional = none, items = none, negated = none;
    double minimum = -std::numeric_limits<double>::infinity();
    double maximum = std::numeric_limits<double>::infinity();
    bool minimum_excluded = false, maximum_excluded = false;
    std::size_t length_min = 0, length_max = none, items_min = 0, items_max = none;
    std::vector<std::size_t> all_of, any_of, one_of;
    std::string description;
};

// Applies nodes to a value. Recursion is as deep as the schema, and the compiler bounds that.
class Check {
public:
    explicit Check(const std::vector<Node>& nodes) : nodes_(nodes) {}

    bool accepts(std::size_t index, const dom::element& value) const;

    static bool type_fits(const Node& node, unsigned bits);
    static bool is_constant(const Node& node, const dom::element& value, unsigned bits);
    static bool range_fits(const Node& node, double number);
    static bool length_fits(const Node& node, const dom::element& value);
    // True when the object has the member, as far as the node counts nulls.
    static bool has(const Node& node, const dom::object& members, std::string_view name);
    static const Property* find(const Node& node, std::string_view name);

private:
    bool object_fits(const Node& node, const dom::element& value) const;
    bool array_fits(const Node& node, const dom::element& value) const;
    bool combination_fits(const Node& node, const dom::element& value) const;

    const std::vector<Node>& nodes_;
};

}  // namespace nightshift::schema

namespace nightshift {

struct JsonSchema::Tree {
    std::vector<schema::Node> nodes;
    std::vector<std::string> ignored;
};

}  // namespace nightshift
