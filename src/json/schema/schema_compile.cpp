// JSON Schema text to nodes (json-schema.org, draft 2020-12; the keywords of json_schema.hpp).

#include "json/schema/schema_tree.hpp"

#include "base/bounds.hpp"
#include "json/json_scan.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace nightshift {
namespace {

using namespace schema;

// Keywords that would check something and are passed over.
constexpr std::array<std::string_view, 17> unchecked = {"pattern",
                                                        "format",
                                                        "multipleOf",
                                                        "uniqueItems",
                                                        "contains",
                                                        "minContains",
                                                        "maxContains",
                                                        "patternProperties",
                                                        "propertyNames",
                                                        "minProperties",
                                                        "maxProperties",
                                                        "dependencies",
                                                        "dependentRequired",
                                                        "dependentSchemas",
                                                        "prefixItems",
                                                        "if",
                                                        "unevaluatedProperties"};

// Reads a schema into nodes. The first thing that is wrong ends it.
class Compiler {
public:
    Compiler(std::vector<Node>& nodes, std::vector<std::string>& ignored, JsonSchema::Nulls nulls)
        : nodes_(nodes), ignored_(ignored), nulls_(nulls) {}

    std::size_t compile(const dom::element& schema, const std::string& at, int depth) {
        const std::size_t index = nodes_.size();
        nodes_.emplace_back();
        nodes_[index].null_is_absent = nulls_ == JsonSchema::Nulls::absent;
        if (depth > limits::json_depth) return fail(at, "is nested too deep"), index;
        if (schema.type() == Type::BOOL) {
            nodes_[index].refuses = !schema.get_bool().value_unsafe();
            return index;
        }
        if (schema.type() != Type::OBJECT) {
            return fail(at, "must be a schema: an object, true or false"), index;
        }
        const dom::object members = schema.get_object().value_unsafe();
        for (const auto& [key, value] : members) {
            if (!problem.empty()) break;
            keyword(index, key, value, at + '/' + pointer_token(key), depth);
        }
        return index;
    }

    std::string problem, pointer;

private:
    void fail(const std::string& at, std::string what) {
        if (!problem.empty()) return;
        problem = std::move(what);
        pointer = at;
    }

    void keyword(std::size_t index, std::string_view key, const dom::element& value,
                 const std::string& at, int depth) {
        if (key == "type") return types(index, value, at);
        if (key == "properties") return properties(index, value, at, depth);
        if (key == "required") return required(index, value, at);
        if (key == "enum" || key == "const") return constants(index, key == "enum", value, at);
        if (key == "additionalProperties") {
            if (value.type() == Type::BOOL) {
                nodes_[index].additional_allowed = value.get_bool().value_unsafe();
                return;
            }
            return subschema(&Node::additional, index, value, at, depth);
        }
        if (key == "items") {
            if (value.type() == Type::ARRAY) return ignore("items as a list");
            return subschema(&Node::items, index, value, at, depth);
        }
        if (key == "not") return subschema(&Node::negated, index, value, at, depth);
        if (key == "allOf") return list(&Node::all_of, index, value, at, depth);
        if (key == "anyOf") return list(&Node::any_of, index, value, at, depth);
        if (key == "oneOf") return list(&Node::one_of, index, value, at, depth);
        if (key == "$ref" || key == "$dynamicRef") {
            return fail(at, "is not supported; write the schema out in its place");
        }
        if (key == "description" && value.type() == Type::STRING) {
            nodes_[index].description = std::string(value.get_string().value_unsafe());
            return;
        }
        if (bound(index, key, value, at)) return;
        if (std::find(unchecked.begin(), unchecked.end(), key) != unchecked.end()) ignore(key);
    }

    void ignore(std::string_view key) {
        if (std::find(ignored_.begin(), ignored_.end(), key) == ignored_.end()) {
            ignored_.emplace_back(key);
        }
    }

    void types(std::size_t index, const dom::element& value, const std::string& at) {
        const auto add = [&](const dom::element& name) {
            std::string_view text;
            if (name.get_string().get(text) == simdjson::SUCCESS) {
                for (const auto& each : type_names) {
                    if (each.name == text) {
                        nodes_[index].types |= each.bit;
                        return;
                    }
                }
            }
            fail(at, "must name types: null, boolean, integer, number, string, array, object");
        };
        if (value.type() != Type::ARRAY) return add(value);
        const dom::array names = value.get_array().value_unsafe();
        for (const dom::element name : names) add(name);
    }

    Property& property(std::size_t index, std::string_view name) {
        auto& all = nodes_[index].properties;
        for (auto& each : all) {
            if (each.name == name) return each;
        }
        all.push_back({std::string(name)});
        return all.back();
    }

    void properties(std::size_t index, const dom::element& value, const std::string& at,
                    int depth) {
        if (value.type() != Type::OBJECT) return fail(at, "must be an object");
        const dom::object members = value.get_object().value_unsafe();
        for (const auto& [key, schema] : members) {
            const std::size_t node = compile(schema, at + '/' + pointer_token(key), depth + 1);
            property(index, key).node = node;
        }
    }

    void required(std::size_t index, const dom::element& value, const std::string& at) {
        if (value.type() != Type::ARRAY) return fail(at, "must be a list of names");
        const dom::array names = value.get_array().value_unsafe();
        for (const dom::element name : names) {
            std::string_view text;
            if (name.get_string().get(text) != simdjson::SUCCESS) {
                return fail(at, "must be a list of names");
            }
            property(index, text).required = true;
            nodes_[index].has_required = true;
        }
    }

    void constants(std::size_t index, bool many, const dom::element& value, const std::string& at) {
        const auto add = [&](const dom::element& each) {
            Constant constant{bit_of(each), {}, 0};
            if (constant.bits == bit_string) {
                constant.text = std::string(each.get_string().value_unsafe());
            } else {
                constant.text = simdjson::to_string(each);
            }
            if ((constant.bits & bit_number) != 0) constant.number = number_of(each);
            nodes_[index].constants.push_back(std::move(constant));
        };
        if (!many) return add(value);
        if (value.type() != Type::ARRAY) return fail(at, "must be a list of values");
        const dom::array values = value.get_array().value_unsafe();
        for (const dom::element each : values) add(each);
        if (nodes_[index].constants.empty()) fail(at, "must list at least one value");
    }

    void subschema(std::size_t Node::*member, std::size_t index, const dom::element& value,
                   const std::string& at, int depth) {
        const std::size_t node = compile(value, at, depth + 1);
        nodes_[index].*member = node;
    }

    void list(std::vector<std::size_t> Node::*member, std::size_t index, const dom::element& value,
              const std::string& at, int depth) {
        if (value.type() != Type::ARRAY) return fail(at, "must be a list of schemas");
        const dom::array schemas = value.get_array().value_unsafe();
        std::size_t i = 0;
        for (const dom::element schema : schemas) {
            const std::size_t node = compile(schema, at + '/' + std::to_string(i++), depth + 1);
            (nodes_[index].*member).push_back(node);
        }
        if (i == 0) fail(at, "must list at least one schema");
    }

    bool bound(std::size_t index, std::string_view key, const dom::element& value,
               const std::string& at) {
        Node& node = nodes_[index];
        std::size_t* const count = key == "minLength"   ? &node.length_min
                                   : key == "maxLength" ? &node.length_max
                                   : key == "minItems"  ? &node.items_min
                                   : key == "maxItems"  ? &node.items_max
                                                        : nullptr;
        const bool low = key == "minimum" || key == "exclusiveMinimum";
        const bool high = key == "maximum" || key == "exclusiveMaximum";
        if (count == nullptr && !low && !high) return false;
        if ((bit_of(value) & bit_number) == 0) return fail(at, "must be a number"), true;
        const double number = number_of(value);
        const bool exclusive = key.substr(0, 9) == "exclusive";
        if (count != nullptr) {
            if (number < 0 || number > 1e15 || std::floor(number) != number) {
                return fail(at, "must be an integer of 0 or more"), true;
            }
            *count = static_cast<std::size_t>(number);
        } else if (low && number >= node.minimum) {
            node.minimum = number;
            node.minimum_excluded = exclusive;
        } else if (high && number <= node.maximum) {
            node.maximum = number;
            node.maximum_excluded = exclusive;
        }
        return true;
    }

    std::vector<Node>& nodes_;
    std::vector<std::string>& ignored_;
    JsonSchema::Nulls nulls_;
};

}  // namespace

JsonSchema::Compiled JsonSchema::compile(std::string_view text, Nulls nulls) {
    dom::parser parser;
    dom::element root;
    const auto error = parser.parse(text.data(), text.size()).get(root);
    if (error != simdjson::SUCCESS) {
        return {JsonSchema(), fmt::format("is no JSON: {}", simdjson::error_message(error)), ""};
    }
    return compile(root, nulls);
}

JsonSchema::Compiled JsonSchema::compile(const dom::element& schema, Nulls nulls) {
    Compiled compiled;
    auto tree = std::make_unique<Tree>();
    Compiler compiler(tree->nodes, tree->ignored, nulls);
    compiler.compile(schema, "", 0);
    compiled.problem = std::move(compiler.problem);
    compiled.pointer = std::move(compiler.pointer);
    if (compiled.problem.empty()) compiled.schema.tree_ = std::move(tree);
    return compiled;
}

}  // namespace nightshift
