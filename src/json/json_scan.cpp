#include "json/json_scan.hpp"

#include <algorithm>
#include <cstring>

namespace nightshift {
namespace {

constexpr bool is_space(char c) {
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

// Behind the string whose opening quote is at `at`. A quote ends it when an even number of
// backslashes stands before it.
std::size_t skip_string(std::string_view json, std::size_t at) {
    std::size_t from = at + 1;
    while (from < json.size()) {
        const void* found = std::memchr(json.data() + from, '"', json.size() - from);
        if (found == nullptr) return json.size();
        const auto quote = static_cast<std::size_t>(static_cast<const char*>(found) - json.data());
        std::size_t slash = quote;
        while (slash > at + 1 && json[slash - 1] == '\\') --slash;
        if ((quote - slash) % 2 == 0) return quote + 1;
        from = quote + 1;
    }
    return json.size();
}

void append_utf8(std::string& out, unsigned code) {
    const auto byte = [&out](unsigned value) { out += static_cast<char>(value); };
    if (code < 0x80) {
        byte(code);
    } else if (code < 0x800) {
        byte(0xC0 | (code >> 6));
        byte(0x80 | (code & 0x3F));
    } else if (code < 0x10000) {
        byte(0xE0 | (code >> 12));
        byte(0x80 | ((code >> 6) & 0x3F));
        byte(0x80 | (code & 0x3F));
    } else {
        byte(0xF0 | (code >> 18));
        byte(0x80 | ((code >> 12) & 0x3F));
        byte(0x80 | ((code >> 6) & 0x3F));
        byte(0x80 | (code & 0x3F));
    }
}

unsigned hex4(std::string_view text, std::size_t at) {
    unsigned value = 0;
    for (std::size_t i = at; i < at + 4 && i < text.size(); ++i) {
        const char c = text[i];
        const int digit = c >= '0' && c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10;
        value = value * 16 + static_cast<unsigned>(digit & 15);
    }
    return value;
}

// A reference token with "~1" and "~0" resolved.
std::string plain_token(std::string_view token) {
    std::string name;
    for (std::size_t i = 0; i < token.size(); ++i) {
        const bool escape = token[i] == '~' && i + 1 < token.size();
        name += !escape ? token[i] : token[i + 1] == '1' ? '/' : '~';
        if (escape) ++i;
    }
    return name;
}

}  // namespace

std::size_t skip_space(std::string_view json, std::size_t at) {
    while (at < json.size() && is_space(json[at])) ++at;
    return at;
}

std::size_t skip_value(std::string_view json, std::size_t at) {
    if (at >= json.size()) return json.size();
    if (json[at] == '"') return skip_string(json, at);
    if (json[at] != '{' && json[at] != '[') {
        while (at < json.size() && json[at] != ',' && json[at] != '}' && json[at] != ']' &&
               !is_space(json[at])) {
            ++at;
        }
        return at;
    }
    std::size_t open = 0;
    while (at < json.size()) {
        const char c = json[at];
        if (c == '"') {
            at = skip_string(json, at);
            continue;
        }
        ++at;
        if (c == '{' || c == '[') ++open;
        if ((c == '}' || c == ']') && --open == 0) return at;
    }
    return json.size();
}

bool JsonMembers::next(JsonMember& member) {
    at_ = skip_space(json_, at_);
    if (at_ < json_.size() && json_[at_] == ',') at_ = skip_space(json_, at_ + 1);
    if (at_ >= json_.size() || json_[at_] != '"') return false;
    const std::size_t key_end = skip_string(json_, at_);
    member.key = json_.substr(at_ + 1, key_end - at_ - 2);
    const std::size_t colon = skip_space(json_, key_end);
    const std::size_t value = skip_space(json_, colon + 1);
    at_ = skip_value(json_, value);
    member.value = json_.substr(value, at_ - value);
    return true;
}

bool JsonElements::next(std::string_view& element) {
    at_ = skip_space(json_, at_);
    if (at_ < json_.size() && json_[at_] == ',') at_ = skip_space(json_, at_ + 1);
    if (at_ >= json_.size() || json_[at_] == ']') return false;
    const std::size_t begin = at_;
    at_ = skip_value(json_, begin);
    element = json_.substr(begin, at_ - begin);
    return at_ > begin;
}

std::string unescaped_json(std::string_view inside) {
    std::string text;
    text.reserve(inside.size());
    for (std::size_t i = 0; i < inside.size(); ++i) {
        if (inside[i] != '\\' || i + 1 >= inside.size()) {
            text += inside[i];
            continue;
        }
        const char c = inside[++i];
        switch (c) {
            case 'b':
                text += '\b';
                break;
            case 'f':
                text += '\f';
                break;
            case 'n':
                text += '\n';
                break;
            case 'r':
                text += '\r';
                break;
            case 't':
                text += '\t';
                break;
            case 'u': {
                unsigned code = hex4(inside, i + 1);
                i += 4;
                if (code >= 0xD800 && code < 0xDC00 && inside.substr(i + 1, 2) == "\\u") {
                    code = 0x10000 + ((code - 0xD800) << 10) + (hex4(inside, i + 3) - 0xDC00);
                    i += 6;
                }
                append_utf8(text, code);
                break;
            }
            default:
                text += c;
        }
    }
    return text;
}

bool json_key_is(std::string_view key, std::string_view name) {
    if (key.find('\\') == std::string_view::npos) return key == name;
    return unescaped_json(key) == name;
}

std::optional<JsonPlace> json_at(std::string_view json, std::string_view pointer) {
    const std::size_t begin = skip_space(json, 0);
    JsonPlace place{{}, json.substr(begin, skip_value(json, begin) - begin)};
    while (!pointer.empty()) {
        const std::size_t end = std::min(pointer.find('/', 1), pointer.size());
        const std::string token = plain_token(pointer.substr(1, end - 1));
        pointer.remove_prefix(end);
        if (place.value.empty()) return std::nullopt;
        if (place.value.front() == '{') {
            const auto member = json_member(place.value, "", token);
            if (!member) return std::nullopt;
            place = *member;
        } else if (place.value.front() == '[') {
            JsonElements elements(place.value);
            std::string_view element;
            bool found = false;
            for (std::size_t i = 0; elements.next(element); ++i) {
                if ((found = std::to_string(i) == token)) break;
            }
            if (!found) return std::nullopt;
            place = {{}, element};
        } else {
            return std::nullopt;
        }
    }
    return place;
}

std::optional<JsonPlace> json_member(std::string_view json, std::string_view pointer,
                                     std::string_view name, std::size_t n) {
    const auto object = json_at(json, pointer);
    if (!object || object->value.empty() || object->value.front() != '{') return std::nullopt;
    JsonMembers members(object->value);
    JsonMember member;
    while (members.next(member)) {
        if (!json_key_is(member.key, name)) continue;
        if (n-- > 0) continue;
        return JsonPlace{{member.key.data() - 1, member.key.size() + 2}, member.value};
    }
    return std::nullopt;
}

std::string pointer_token(std::string_view name) {
    std::string token;
    for (const char c : name) {
        if (c == '~') {
            token += "~0";
        } else if (c == '/') {
            token += "~1";
        } else {
            token += c;
        }
    }
    return token;
}

}  // namespace nightshift
