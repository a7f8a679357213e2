#include "sandbox/media/schema_instance.hpp"

#include "sandbox/media/sample_text.hpp"
#include "sandbox/media/seeded_random.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <string>
#include <string_view>

namespace nightshift::sandbox {
namespace {

constexpr int depth_max = 12;
constexpr int values_max = 5000;
constexpr double length_max = 10'000;  // of a text that must be long

constexpr std::array<std::string_view, 12> phrases{
    "A quiet harbour at dawn",      "The lamp is still on",      "Two birds on a wire",
    "Rain over the old town",       "A red kite in the sky",     "The last train is late",
    "Snow on the garden wall",      "A letter from far away",    "The market opens early",
    "A small boat with blue sails", "Bread fresh from the oven", "A bridge between two hills",
};

bool allows(const Json& schema, std::string_view type) {
    const Json& given = value_at(schema, "type");
    if (given.is_string()) return given == type;
    return given.is_array() && std::find(given.begin(), given.end(), type) != given.end();
}

std::string type_of(const Json& schema) {
    for (const char* type : {"object", "array", "string", "integer", "number", "boolean"}) {
        if (allows(schema, type)) return type;
    }
    if (allows(schema, "null")) return "null";
    if (schema.contains("properties") || schema.contains("required")) return "object";
    if (schema.contains("items") || schema.contains("minItems")) return "array";
    const bool is_number = schema.contains("minimum") || schema.contains("maximum");
    return is_number ? "number" : "string";
}

// allOf folded in: its branches' properties and bounds beside the schema's own.
Json folded(const Json& schema) {
    Json whole = schema;
    for (const Json& branch : value_at(schema, "allOf")) {
        if (!branch.is_object()) continue;
        for (const auto& [key, value] : branch.items()) {
            if (key == "properties" && value.is_object()) {
                for (const auto& [name, part] : value.items()) whole["properties"][name] = part;
            } else if (key == "required" && value.is_array()) {
                for (const Json& name : value) whole["required"].push_back(name);
            } else if (!whole.contains(key)) {
                whole[key] = value;
            }
        }
    }
    return whole;
}

class Maker {
public:
    explicit Maker(std::uint64_t roll) : dice_(mix(roll, "schema")) {}

    Json made(const Json& given, int depth) {
        if (++values_ > values_max || depth > depth_max) return nullptr;
        if (!given.is_object()) return phrase();
        const Json schema = given.contains("allOf") ? folded(given) : given;
        if (schema.contains("const")) return schema["const"];
        const Json& choices = value_at(schema, "enum");
        if (choices.is_array() && !choices.empty()) {
            return choices[dice_.below(static_cast<unsigned>(choices.size()))];
        }
        for (const char* key : {"anyOf", "oneOf"}) {
            const Json& any = value_at(schema, key);
            if (any.is_array() && !any.empty()) return made(any[0], depth + 1);
        }
        const std::string type = type_of(schema);
        if (type == "object") return object(schema, depth);
        if (type == "array") return list(schema, depth);
        if (type == "string") return text(schema);
        if (type == "integer") return number(schema, true);
        if (type == "number") return number(schema, false);
        if (type == "boolean") return dice_.below(3) != 0;
        return nullptr;
    }

private:
    std::string phrase() { return std::string(phrases[dice_.below(phrases.size())]); }

    Json object(const Json& schema, int depth) {
        Json object = Json::object();
        const Json& properties = value_at(schema, "properties");
        if (properties.is_object()) {
            for (const auto& [name, part] : properties.items()) {
                if (part.is_boolean() && !part.get<bool>()) continue;
                object[name] = made(part, depth + 1);
            }
        }
        const Json& required = value_at(schema, "required");
        for (const Json& name : required.is_array() ? required : Json::array()) {
            const bool is_new = name.is_string() && !object.contains(name.get<std::string>());
            if (is_new) object[name.get<std::string>()] = phrase();
        }
        return object;
    }

    Json list(const Json& schema, int depth) {
        const double least = std::clamp(number_at(schema, "minItems", 0), 0.0, 1000.0);
        const double most = std::clamp(number_at(schema, "maxItems", 1000), least, 1000.0);
        const double low = std::min(std::max(least, 1.0), most);
        const double high =
            schema.contains("maxItems") ? std::min(most, low + 8) : std::min(most, low + 2);
        const auto count =
            static_cast<unsigned>(low) + dice_.below(static_cast<unsigned>(high - low) + 1);
        Json list = Json::array();
        for (unsigned i = 0; i < count; ++i) {
            list.push_back(made(value_at(schema, "items"), depth + 1));
        }
        return list;
    }

    Json text(const Json& schema) {
        const double least = std::clamp(number_at(schema, "minLength", 0), 0.0, length_max);
        const double most = std::max(number_at(schema, "maxLength", length_max), least);
        std::string text = phrase();
        // The phrases are ASCII: bytes are characters.
        while (static_cast<double>(text.size()) < least) text += ". " + phrase();
        if (static_cast<double>(text.size()) <= most) return text;
        text.resize(static_cast<std::size_t>(std::max(most, 0.0)));
        while (!text.empty() && text.back() == ' ' && static_cast<double>(text.size()) > least) {
            text.pop_back();
        }
        if (!text.empty() && text.back() == ' ') text.back() = '.';
        return text;
    }

    Json number(const Json& schema, bool whole) {
        constexpr double none = std::numeric_limits<double>::infinity();
        const double step = whole ? 1 : 0.125;
        double low = number_at(schema, "minimum", -none);
        double high = number_at(schema, "maximum", none);
        low = std::max(low, number_at(schema, "exclusiveMinimum", -none) + step);
        high = std::min(high, number_at(schema, "exclusiveMaximum", none) - step);
        if (whole) low = std::ceil(low);
        if (whole) high = std::floor(high);
        if (high == none) high = std::max(low, 1.0);
        if (low == -none) low = std::min(high, 1.0);
        if (low > high) return low;
        const double steps = std::min(std::floor((high - low) / step), 1000.0);
        const double value = low + step * dice_.below(static_cast<unsigned>(steps) + 1);
        const bool is_integer = std::floor(value) == value && std::fabs(value) < 1e15;
        if (is_integer) return static_cast<std::int64_t>(value);
        return value;
    }

    Dice dice_;
    int values_ = 0;
};

}  // namespace

Json schema_instance(const Json& schema, std::uint64_t roll) {
    return Maker(roll).made(schema, 0);
}

}  // namespace nightshift::sandbox
