// The depth and the length of lists are bounded, so a hostile schema costs nothing.
#include "sandbox/media/sample_json.hpp"

#include "sandbox/media/seeded_random.hpp"

#include <algorithm>
#include <cctype>

namespace nightshift::sandbox {
namespace {

constexpr int depth_max = 12;

std::string type_of(const Json& schema) {
    const Json& type = value_at(schema, "type");
    std::string word;
    if (type.is_string()) word = type.get<std::string>();
    if (type.is_array() && !type.empty() && type[0].is_string()) word = type[0].get<std::string>();
    std::transform(word.begin(), word.end(), word.begin(),
                   [](unsigned char letter) { return static_cast<char>(std::tolower(letter)); });
    if (word.empty() && schema.contains("properties")) word = "object";
    return word;
}

Json made(const Json& schema, Dice& dice, int depth) {
    if (!schema.is_object() || depth > depth_max) return nullptr;
    if (schema.contains("const")) return schema["const"];
    const Json& choices = value_at(schema, "enum");
    if (choices.is_array() && !choices.empty()) {
        return choices[dice.below(static_cast<unsigned>(choices.size()))];
    }
    for (const char* key : {"anyOf", "oneOf"}) {
        const Json& any = value_at(schema, key);
        if (any.is_array() && !any.empty()) return made(any[0], dice, depth + 1);
    }
    const std::string type = type_of(schema);
    const double low = number_at(schema, "minimum", 1);
    if (type == "object") {
        Json object = Json::object();
        for (const auto& [key, value] : value_at(schema, "properties").items()) {
            object[key] = made(value, dice, depth + 1);
        }
        return object;
    }
    if (type == "array") {
        Json list = Json::array();
        const double least = std::clamp(number_at(schema, "minItems", 1), 1.0, 16.0);
        for (int i = 0; i < static_cast<int>(least); ++i) {
            list.push_back(made(value_at(schema, "items"), dice, depth + 1));
        }
        return list;
    }
    if (type == "integer") return static_cast<std::int64_t>(low) + dice.below(9);
    if (type == "number") return low + dice.below(8) * 0.125;
    if (type == "boolean") return dice.below(2) == 0;
    if (type == "null") return nullptr;
    return "word-" + dice.alnum(6);
}

}  // namespace

Json sample_json(const Json& schema, std::uint64_t roll) {
    Dice dice(mix(roll, "json"));
    if (schema.is_object()) return made(schema, dice, 0);
    return Json{{"answer", "word-" + dice.alnum(6)}, {"score", dice.below(10)}};
}

}  // namespace nightshift::sandbox
