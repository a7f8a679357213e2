// The helpers around nlohmann::ordered_json that every endpoint uses.
#include "sandbox/call/json.hpp"

namespace nightshift::sandbox {

std::string plain_json(const Json& value) {
    return value.dump(-1, ' ', false, Json::error_handler_t::replace);
}

std::string gateway_json(const Json& value) {
    const std::string plain = plain_json(value);
    std::string escaped;
    escaped.reserve(plain.size() + 16);
    for (const char letter : plain) {  // these three stand only inside strings
        switch (letter) {
            case '<':
                escaped += "\\u003c";
                break;
            case '>':
                escaped += "\\u003e";
                break;
            case '&':
                escaped += "\\u0026";
                break;
            default:
                escaped += letter;
        }
    }
    return escaped;
}

Json parse_json(std::string_view text) {
    return Json::parse(text.begin(), text.end(), nullptr, false);
}

const Json& value_at(const Json& object, std::string_view key) {
    static const Json none;
    if (!object.is_object()) return none;
    const auto found = object.find(key);
    return found == object.end() ? none : *found;
}

std::string text_at(const Json& object, std::string_view key) {
    const Json& value = value_at(object, key);
    return value.is_string() ? value.get<std::string>() : std::string();
}

double number_at(const Json& object, std::string_view key, double absent) {
    const Json& value = value_at(object, key);
    return value.is_number() ? value.get<double>() : absent;
}

}  // namespace nightshift::sandbox
