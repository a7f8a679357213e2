#include "json/schema/schema.hpp"

#include "json/json_scan.hpp"
#include "json/schema/schema_tree.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace nightshift {
namespace {

using namespace schema;

std::string types_in_words(unsigned types) {
    std::string words;
    for (const auto& each : type_names) {
        const bool whole = each.bit == (bit_number | bit_integer);
        if (whole ? (types & bit_number) == 0 : (types & each.bit) == 0) continue;
        if (each.bit == bit_integer && (types & bit_number) != 0) continue;
        words += (words.empty() ? "" : " or ") + std::string(each.in_words);
    }
    return words;
}

std::string_view type_in_words(const dom::element& value) {
    const unsigned bits = bit_of(value);
    for (const auto& each : type_names) {
        if ((each.bit & bits) != 0) return (bits & bit_number) != 0 ? "a number" : each.in_words;
    }
    return "a value";
}

// Lists what is wrong; walks like Check and asks it about branches.
class Lister {
public:
    Lister(const std::vector<Node>& nodes, std::size_t limit)
        : nodes_(nodes), check_(nodes), limit_(limit) {}

    void list(std::size_t index, const dom::element& value, const std::string& at) {
        const Node& node = nodes_[index];
        if (found.size() >= limit_ || check_.accepts(index, value)) return;
        const unsigned bits = bit_of(value);
        if (node.refuses) return say(node, at, "is not allowed here");
        if (node.types != 0 && !Check::type_fits(node, bits)) {
            return say(node, at,
                       fmt::format("must be {}, not {}", types_in_words(node.types),
                                   type_in_words(value)));
        }
        if (!node.constants.empty() && !Check::is_constant(node, value, bits)) {
            return say(node, at, "must be " + constants_in_words(node));
        }
        if (bits == bit_object) object(node, value, at);
        if (bits == bit_array) array(node, value, at);
        if (bits == bit_string) string(node, value, at);
        if ((bits & bit_number) != 0) number(node, number_of(value), at);
        combinations(node, value, at);
    }

    std::vector<Violation> found;

private:
    void say(const Node& node, const std::string& at, std::string what) {
        if (found.size() < limit_) {
            found.push_back({at, std::move(what), node.description, false, false});
        }
    }

    static std::string constants_in_words(const Node& node) {
        std::string words;
        for (std::size_t i = 0; i < node.constants.size(); ++i) {
            if (i > 0) words += i + 1 == node.constants.size() ? " or " : ", ";
            const Constant& each = node.constants[i];
            words += each.bits == bit_string ? '"' + each.text + '"' : each.text;
        }
        return words;
    }

    void object(const Node& node, const dom::element& value, const std::string& at) {
        const dom::object members = value.get_object().value_unsafe();
        for (const auto& each : node.properties) {
            if (!each.required || Check::has(node, members, each.name)) continue;
            const std::string& help =
                each.node == none ? node.description : nodes_[each.node].description;
            if (found.size() < limit_) {
                found.push_back({at, '"' + each.name + "\" is missing", help, true, false});
            }
        }
        for (const auto& [key, member] : members) {
            if (node.null_is_absent && member.is_null()) continue;
            const std::string below = at + '/' + pointer_token(key);
            const Property* property = Check::find(node, key);
            if (property != nullptr) {
                if (property->node != none) list(property->node, member, below);
            } else if (!node.additional_allowed) {
                if (found.size() < limit_) {
                    found.push_back({below, "is not known here", node.description, false, true});
                }
            } else if (node.additional != none) {
                list(node.additional, member, below);
            }
        }
    }

    void array(const Node& node, const dom::element& value, const std::string& at) {
        const dom::array elements = value.get_array().value_unsafe();
        const std::size_t count = elements.size();
        if (count < node.items_min) {
            say(node, at, fmt::format("has {} elements, fewer than {}", count, node.items_min));
        }
        if (count > node.items_max) {
            say(node, at, fmt::format("has {} elements, more than {}", count, node.items_max));
        }
        if (node.items == none) return;
        std::size_t i = 0;
        for (const dom::element element : elements) {
            list(node.items, element, at + '/' + std::to_string(i++));
        }
    }

    void string(const Node& node, const dom::element& value, const std::string& at) {
        if (Check::length_fits(node, value)) return;
        const std::string_view text = value.get_string().value_unsafe();
        const std::size_t length = code_points(text);
        if (length == 0) return say(node, at, "is empty");
        const bool few = length < node.length_min;
        say(node, at,
            fmt::format("has {} characters, {} than {}", length, few ? "fewer" : "more",
                        few ? node.length_min : node.length_max));
    }

    void number(const Node& node, double value, const std::string& at) {
        if (Check::range_fits(node, value)) return;
        const bool low = node.minimum_excluded ? value <= node.minimum : value < node.minimum;
        const double bound = low ? node.minimum : node.maximum;
        const bool excluded = low ? node.minimum_excluded : node.maximum_excluded;
        const std::string_view words =
            excluded ? (low ? "more than" : "less than") : (low ? "at least" : "at most");
        say(node, at, fmt::format("is {}; it must be {} {}", value, words, bound));
    }

    void combinations(const Node& node, const dom::element& value, const std::string& at) {
        for (const std::size_t each : node.all_of) list(each, value, at);
        const auto fitting = [&](const std::vector<std::size_t>& branches) {
            return std::count_if(branches.begin(), branches.end(),
                                 [&](std::size_t each) { return check_.accepts(each, value); });
        };
        if (!node.any_of.empty() && fitting(node.any_of) == 0) {
            say(node, at, "fits none of the forms it may have (anyOf)");
        }
        if (!node.one_of.empty()) {
            const auto count = fitting(node.one_of);
            if (count == 0) say(node, at, "fits none of the forms it may have (oneOf)");
            if (count > 1) say(node, at, "fits more than one of the forms it may have (oneOf)");
        }
        if (node.negated != none && check_.accepts(node.negated, value)) {
            say(node, at, "has a form that is not allowed (not)");
        }
    }

    const std::vector<Node>& nodes_;
    Check check_;
    std::size_t limit_;
};

}  // namespace

JsonSchema::JsonSchema() = default;
JsonSchema::~JsonSchema() = default;
JsonSchema::JsonSchema(JsonSchema&&) noexcept = default;
JsonSchema& JsonSchema::operator=(JsonSchema&&) noexcept = default;

bool JsonSchema::accepts(const dom::element& value) const {
    return !tree_ || Check(tree_->nodes).accepts(0, value);
}

std::vector<Violation> JsonSchema::violations(const dom::element& value, std::size_t limit) const {
    if (!tree_) return {};
    Lister lister(tree_->nodes, limit);
    lister.list(0, value, "");
    return std::move(lister.found);
}

const std::vector<std::string>& JsonSchema::ignored() const {
    static const std::vector<std::string> nothing;
    return tree_ ? tree_->ignored : nothing;
}

}  // namespace nightshift
