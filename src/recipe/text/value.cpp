#include "recipe/text/value.hpp"

#include "base/bounds.hpp"
#include "base/text/terminal_text.hpp"
#include "json/json_builder.hpp"
#include "json/json_number.hpp"
#include "json/json_scan.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>

namespace nightshift::recipe {
namespace {

// RFC 8259, strict. Recursion is as deep as limits::json_depth.
class Parser {
public:
    explicit Parser(std::string_view json) : json_(json) {}

    std::size_t at() const { return at_; }
    const std::string& error() const { return error_; }

    bool value(Value& out, int depth) {
        at_ = skip_space(json_, at_);
        if (at_ >= json_.size()) return fail("it ends early");
        switch (json_[at_]) {
            case '{':
                return object(out, depth);
            case '[':
                return list(out, depth);
            case '"':
                out.type = Value::Type::text;
                return text(out.text);
            case 't':
                return word("true", out, Value::of_boolean(true));
            case 'f':
                return word("false", out, Value::of_boolean(false));
            case 'n':
                return word("null", out, Value());
            default:
                return number(out);
        }
    }

private:
    bool fail(std::string error) {
        error_ = std::move(error);
        return false;
    }

    bool word(std::string_view spelling, Value& out, Value value) {
        if (json_.substr(at_, spelling.size()) != spelling) return fail("it is not JSON");
        at_ += spelling.size();
        out = std::move(value);
        return true;
    }

    bool number(Value& out) {
        const std::size_t end = skip_json_number(json_, at_);
        const auto spelling = json_.substr(at_, end - at_);
        if (!is_json_number(spelling)) return fail("it is not JSON");
        out.type = Value::Type::number;
        out.text.assign(spelling);
        at_ = end;
        return true;
    }

    bool text(std::string& out) {
        std::size_t end = at_ + 1;
        bool escaped = false;
        for (; end < json_.size() && json_[end] != '"'; ++end) {
            const auto c = static_cast<unsigned char>(json_[end]);
            if (c < 0x20) return fail("a control character stands in a text");
            if (c != '\\') continue;
            escaped = true;
            if (!is_escape(end)) return fail("a text has an unknown escape");
            ++end;
        }
        if (end >= json_.size()) return fail("a text is not closed");
        const auto inside = json_.substr(at_ + 1, end - at_ - 1);
        if (escaped) {
            out = unescaped_json(inside);
        } else {
            out.assign(inside);
        }
        if (first_bad_utf8(out)) return fail("a text is not UTF-8");
        at_ = end + 1;
        return true;
    }

    bool is_escape(std::size_t at) const {
        if (at + 1 >= json_.size()) return false;
        const char c = json_[at + 1];
        if (c != 'u') return std::strchr("\"\\/bfnrt", c) != nullptr && c != '\0';
        const auto digits = json_.substr(at + 2, 4);
        return digits.size() == 4 &&
               digits.find_first_not_of("0123456789abcdefABCDEF") == std::string_view::npos;
    }

    bool list(Value& out, int depth) {
        if (depth <= 0) return fail("it nests too deep");
        out = Value::of_list();
        ++at_;
        if (closes(']')) return true;
        while (true) {
            out.items.emplace_back();
            if (!value(out.items.back(), depth - 1)) return false;
            if (closes(']')) return true;
            if (!comma()) return false;
        }
    }

    bool object(Value& out, int depth) {
        if (depth <= 0) return fail("it nests too deep");
        out = Value::of_object();
        ++at_;
        if (closes('}')) return true;
        while (true) {
            at_ = skip_space(json_, at_);
            if (at_ >= json_.size() || json_[at_] != '"') return fail("it is not JSON");
            std::string name;
            if (!text(name)) return false;
            at_ = skip_space(json_, at_);
            if (at_ >= json_.size() || json_[at_] != ':') return fail("it is not JSON");
            ++at_;
            if (out.names.size() >= limits::json_keys) return fail("an object has too many keys");
            if (out.member(name) != nullptr) {
                return fail(fmt::format("the key \"{}\" appears twice", name));
            }
            out.names.push_back(std::move(name));
            out.items.emplace_back();
            if (!value(out.items.back(), depth - 1)) return false;
            if (closes('}')) return true;
            if (!comma()) return false;
        }
    }

    bool closes(char bracket) {
        at_ = skip_space(json_, at_);
        if (at_ >= json_.size() || json_[at_] != bracket) return false;
        ++at_;
        return true;
    }

    bool comma() {
        if (at_ >= json_.size()) return fail("it ends early");
        if (json_[at_] != ',') return fail("it is not JSON");
        ++at_;
        return true;
    }

    std::string_view json_;
    std::size_t at_ = 0;
    std::string error_;
};

bool objects_are_equal(const Value& a, const Value& b) {
    if (a.items.size() != b.items.size()) return false;
    for (std::size_t i = 0; i < a.names.size(); ++i) {
        const Value* other = b.member(a.names[i]);
        if (other == nullptr || !are_equal(a.items[i], *other)) return false;
    }
    return true;
}

}  // namespace

Value Value::of_text(std::string text) {
    Value value;
    value.type = Type::text;
    value.text = std::move(text);
    return value;
}

Value Value::of_number(std::string spelling) {
    Value value = of_text(std::move(spelling));
    value.type = Type::number;
    return value;
}

Value Value::of_integer(long long number) {
    return of_number(std::to_string(number));
}

Value Value::of_boolean(bool yes) {
    Value value;
    value.type = Type::boolean;
    value.yes = yes;
    return value;
}

Value Value::of_list() {
    Value value;
    value.type = Type::list;
    return value;
}

Value Value::of_object() {
    Value value;
    value.type = Type::object;
    return value;
}

bool Value::is_empty() const {
    switch (type) {
        case Type::null:
            return true;
        case Type::text:
            return text.empty();
        case Type::list:
        case Type::object:
            return items.empty();
        default:
            return false;
    }
}

const Value* Value::member(std::string_view name) const {
    for (std::size_t i = 0; i < names.size(); ++i) {
        if (names[i] == name) return &items[i];
    }
    return nullptr;
}

void Value::add(std::string name, Value value) {
    names.push_back(std::move(name));
    items.push_back(std::move(value));
}

void Value::add(Value value) {
    items.push_back(std::move(value));
}

std::string_view type_in_words(const Value& value) {
    switch (value.type) {
        case Value::Type::null:
            return "null";
        case Value::Type::boolean:
            return "true or false";
        case Value::Type::number:
            return "a number";
        case Value::Type::text:
            return "a text";
        case Value::Type::list:
            return "a list";
        case Value::Type::object:
            return "an object";
    }
    return "";
}

void append_json(std::string& out, const Value& value) {
    switch (value.type) {
        case Value::Type::null:
            out += "null";
            return;
        case Value::Type::boolean:
            out += value.yes ? "true" : "false";
            return;
        case Value::Type::number:
            out += value.text;
            return;
        case Value::Type::text:
            append_json_quoted(out, value.text);
            return;
        case Value::Type::list:
        case Value::Type::object:
            break;
    }
    const bool is_object = value.is_object();
    out += is_object ? '{' : '[';
    for (std::size_t i = 0; i < value.items.size(); ++i) {
        if (i > 0) out += ',';
        if (is_object) {
            append_json_quoted(out, value.names[i]);
            out += ':';
        }
        append_json(out, value.items[i]);
    }
    out += is_object ? '}' : ']';
}

std::string json_of(const Value& value) {
    std::string out;
    append_json(out, value);
    return out;
}

std::string plain_of(const Value& value) {
    return value.is_text() ? value.text : json_of(value);
}

std::optional<Value> parse_json_prefix(std::string_view json, std::size_t& used,
                                       std::string* error) {
    Parser parser(json);
    Value value;
    if (!parser.value(value, limits::json_depth)) {
        if (error != nullptr) *error = parser.error();
        return std::nullopt;
    }
    used = parser.at();
    return value;
}

std::optional<Value> parse_json(std::string_view json, std::string* error) {
    std::size_t used = 0;
    auto value = parse_json_prefix(json, used, error);
    if (value && skip_space(json, used) != json.size()) {
        if (error != nullptr) *error = "something stands behind the value";
        return std::nullopt;
    }
    return value;
}

bool is_json_number(std::string_view text) {
    std::size_t at = 0;
    const auto digits = [&] {
        const std::size_t from = at;
        while (at < text.size() && text[at] >= '0' && text[at] <= '9') ++at;
        return at - from;
    };
    if (at < text.size() && text[at] == '-') ++at;
    const bool leading_zero = at < text.size() && text[at] == '0';
    const std::size_t whole = digits();
    if (whole == 0 || (leading_zero && whole > 1)) return false;
    if (at < text.size() && text[at] == '.') {
        ++at;
        if (digits() == 0) return false;
    }
    if (at < text.size() && (text[at] == 'e' || text[at] == 'E')) {
        ++at;
        if (at < text.size() && (text[at] == '+' || text[at] == '-')) ++at;
        if (digits() == 0) return false;
    }
    return at == text.size();
}

std::optional<double> number_of(const Value& value) {
    const bool is_one = value.is_number() || (value.is_text() && is_json_number(value.text));
    if (!is_one) return std::nullopt;
    return std::strtod(value.text.c_str(), nullptr);
}

bool are_equal(const Value& a, const Value& b) {
    if (a.is_number() || b.is_number()) {
        if (a.text == b.text && a.type == b.type) return true;
        const auto left = number_of(a), right = number_of(b);
        return left && right && *left == *right;
    }
    if (a.type != b.type) return false;
    switch (a.type) {
        case Value::Type::null:
            return true;
        case Value::Type::boolean:
            return a.yes == b.yes;
        case Value::Type::list:
            return std::equal(a.items.begin(), a.items.end(), b.items.begin(), b.items.end(),
                              are_equal);
        case Value::Type::object:
            return objects_are_equal(a, b);
        default:
            return a.text == b.text;
    }
}

std::optional<std::size_t> first_bad_utf8(std::string_view text) {
    for (std::size_t i = 0; i < text.size();) {
        if (static_cast<unsigned char>(text[i]) < 0x80) {
            ++i;
            continue;
        }
        const std::size_t length = utf8_length(text.substr(i, 4));
        if (length == 0) return i;
        i += length;
    }
    return std::nullopt;
}

}  // namespace nightshift::recipe
