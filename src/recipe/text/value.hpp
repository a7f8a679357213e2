// JSON values that keep what a number was written like and the order of members: rows of data,
// constants, fields of a task.

#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace nightshift::recipe {

struct Value {
    enum class Type { null, boolean, number, text, list, object };

    Type type = Type::null;
    bool yes = false;                // of a boolean
    bool verbatim = false;           // of a text: never read as a template
    std::string text;                // UTF-8; of a number: as it was written
    std::vector<Value> items;        // of a list; of an object beside `names`
    std::vector<std::string> names;  // of an object, in the order of the source

    static Value of_text(std::string text);
    static Value of_number(std::string spelling);
    static Value of_integer(long long number);
    static Value of_boolean(bool yes);
    static Value of_list();
    static Value of_object();

    bool is_null() const { return type == Type::null; }
    bool is_text() const { return type == Type::text; }
    bool is_number() const { return type == Type::number; }
    bool is_list() const { return type == Type::list; }
    bool is_object() const { return type == Type::object; }
    // null, "", [] or {}.
    bool is_empty() const;

    // nullptr when it is no object or has no such member.
    const Value* member(std::string_view name) const;
    void add(std::string name, Value value);  // to an object
    void add(Value value);                    // to a list
};

// "a text", "a number", "null" ..., for messages.
std::string_view type_in_words(const Value& value);

// Compact JSON: texts with as few escapes as JSON allows, numbers as they were written.
void append_json(std::string& out, const Value& value);
std::string json_of(const Value& value);
// Inside a longer text: a text as it is, anything else as JSON.
std::string plain_of(const Value& value);

// The value that `json` is. Nothing when it is not JSON (RFC 8259), nests deeper than
// limits::json_depth, is not UTF-8 or has a key twice in one object; `error` then says what is
// wrong, in a few words.
std::optional<Value> parse_json(std::string_view json, std::string* error = nullptr);
// The same of the value at the beginning of `json`; `used` gets its length.
std::optional<Value> parse_json_prefix(std::string_view json, std::size_t& used,
                                       std::string* error = nullptr);

// Whether a text is a number as JSON writes it.
bool is_json_number(std::string_view text);
// The number of a number, or of a text that is one.
std::optional<double> number_of(const Value& value);
// Whether two values are the same: numbers by what they amount to, also in texts; members in any
// order.
bool are_equal(const Value& a, const Value& b);

// Whole text is valid UTF-8; else the offset of its first bad byte.
std::optional<std::size_t> first_bad_utf8(std::string_view text);

}  // namespace nightshift::recipe
