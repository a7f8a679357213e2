// Whether a value fits a compiled schema: the hot path, nothing is allocated or worded here.

#include "json/schema/schema_tree.hpp"

#include <algorithm>

namespace nightshift::schema {

unsigned bit_of(const dom::element& value) {
    switch (value.type()) {
        case Type::NULL_VALUE:
            return bit_null;
        case Type::BOOL:
            return bit_bool;
        case Type::STRING:
            return bit_string;
        case Type::ARRAY:
            return bit_array;
        case Type::OBJECT:
            return bit_object;
        case Type::DOUBLE: {
            const double number = value.get_double();
            return std::floor(number) == number ? bit_number | bit_integer : bit_number;
        }
        default:
            return bit_number | bit_integer;
    }
}

// A number whose type the caller knows.
double number_of(const dom::element& value) {
    double number = 0;
    if (value.get_double().get(number) != simdjson::SUCCESS) {
        std::int64_t integer = 0;
        std::uint64_t large = 0;
        if (value.get_int64().get(integer) == simdjson::SUCCESS) {
            number = static_cast<double>(integer);
        } else if (value.get_uint64().get(large) == simdjson::SUCCESS) {
            number = static_cast<double>(large);
        }
    }
    return number;
}

std::size_t code_points(std::string_view text) {
    const auto begins = [](char c) { return (static_cast<unsigned>(c) & 0xC0) != 0x80; };
    return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), begins));
}

bool Constant::equals(const dom::element& value, unsigned value_bits) const {
    if ((bits & bit_number) != 0) {
        return (value_bits & bit_number) != 0 && number_of(value) == number;
    }
    if (bits != value_bits) return false;
    if (bits == bit_string) return std::string_view(value.get_string().value_unsafe()) == text;
    return simdjson::to_string(value) == text;
}

bool Check::accepts(std::size_t index, const dom::element& value) const {
    const Node& node = nodes_[index];
    if (node.refuses) return false;
    const unsigned bits = bit_of(value);
    if (node.types != 0 && !type_fits(node, bits)) return false;
    if (!node.constants.empty() && !is_constant(node, value, bits)) return false;
    switch (bits) {
        case bit_object:
            if (!object_fits(node, value)) return false;
            break;
        case bit_array:
            if (!array_fits(node, value)) return false;
            break;
        case bit_string:
            if (!length_fits(node, value)) return false;
            break;
        default:
            if ((bits & bit_number) != 0 && !range_fits(node, number_of(value))) return false;
    }
    return combination_fits(node, value);
}

bool Check::type_fits(const Node& node, unsigned bits) {
    // An integer is a number; a number is an integer only when it is whole.
    if ((bits & bit_number) == 0) return (node.types & bits) != 0;
    return (node.types & bit_number) != 0 || ((bits & bit_integer & node.types) != 0);
}

bool Check::is_constant(const Node& node, const dom::element& value, unsigned bits) {
    return std::any_of(node.constants.begin(), node.constants.end(),
                       [&](const Constant& each) { return each.equals(value, bits); });
}

bool Check::range_fits(const Node& node, double number) {
    return (node.minimum_excluded ? number > node.minimum : number >= node.minimum) &&
           (node.maximum_excluded ? number < node.maximum : number <= node.maximum);
}

bool Check::length_fits(const Node& node, const dom::element& value) {
    if (node.length_min == 0 && node.length_max == none) return true;
    const std::string_view text = value.get_string().value_unsafe();
    if (node.length_max == none && text.size() >= 4 * node.length_min) return true;
    const std::size_t length = code_points(text);
    return length >= node.length_min && length <= node.length_max;
}

bool Check::combination_fits(const Node& node, const dom::element& value) const {
    const auto fits = [&](std::size_t each) { return accepts(each, value); };
    return (node.negated == none || !accepts(node.negated, value)) &&
           std::all_of(node.all_of.begin(), node.all_of.end(), fits) &&
           (node.any_of.empty() || std::any_of(node.any_of.begin(), node.any_of.end(), fits)) &&
           (node.one_of.empty() ||
            std::count_if(node.one_of.begin(), node.one_of.end(), fits) == 1);
}

bool Check::object_fits(const Node& node, const dom::element& value) const {
    const dom::object members = value.get_object().value_unsafe();
    if (!node.additional_allowed || node.additional != none || !node.properties.empty()) {
        for (const auto& [key, member] : members) {
            if (node.null_is_absent && member.is_null()) continue;
            const Property* property = find(node, key);
            if (property != nullptr && property->node != none) {
                if (!accepts(property->node, member)) return false;
            } else if (property == nullptr) {
                if (!node.additional_allowed) return false;
                if (node.additional != none && !accepts(node.additional, member)) return false;
            }
        }
    }
    if (!node.has_required) return true;
    return std::all_of(node.properties.begin(), node.properties.end(), [&](const Property& p) {
        return !p.required || has(node, members, p.name);
    });
}

bool Check::has(const Node& node, const dom::object& members, std::string_view name) {
    dom::element member;
    if (members.at_key(name).get(member) != simdjson::SUCCESS) return false;
    return !node.null_is_absent || !member.is_null();
}

bool Check::array_fits(const Node& node, const dom::element& value) const {
    const dom::array elements = value.get_array().value_unsafe();
    if (node.items_min > 0 || node.items_max != none) {
        const std::size_t count = elements.size();
        if (count < node.items_min || count > node.items_max) return false;
    }
    if (node.items == none) return true;
    for (const dom::element element : elements) {
        if (!accepts(node.items, element)) return false;
    }
    return true;
}

const Property* Check::find(const Node& node, std::string_view name) {
    for (const auto& each : node.properties) {
        if (each.name == name) return &each;
    }
    return nullptr;
}

}  // namespace nightshift::schema
