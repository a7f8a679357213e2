// Where things are in JSON text that a parser has already accepted: the bytes of a value exactly
// as written, and the place of a JSON pointer. Nothing is checked here; nothing recurses.

#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace nightshift {

// The offset of the first byte at or after `at` that is no JSON white space.
std::size_t skip_space(std::string_view json, std::size_t at);
// The offset behind the value that begins at `at`.
std::size_t skip_value(std::string_view json, std::size_t at);

// A key as written (without its quotes, escapes kept) and the bytes of its value.
struct JsonMember {
    std::string_view key, value;
};

// The members of an object in their order. `object` begins with '{'.
class JsonMembers {
public:
    explicit JsonMembers(std::string_view object) : json_(object) {}
    bool next(JsonMember& member);

private:
    std::string_view json_;
    std::size_t at_ = 1;
};

// The elements of an array in their order. `array` begins with '['.
class JsonElements {
public:
    explicit JsonElements(std::string_view array) : json_(array) {}
    bool next(std::string_view& element);

private:
    std::string_view json_;
    std::size_t at_ = 1;
};

// The text that a key (or the inside of a string) stands for, escapes resolved.
std::string unescaped_json(std::string_view inside);
// True when a key as written stands for `name`.
bool json_key_is(std::string_view key, std::string_view name);

// The value at a JSON pointer (RFC 6901), as bytes of `json`.
struct JsonPlace {
    std::string_view key;  // with its quotes; empty for an element or the root
    std::string_view value;
};
std::optional<JsonPlace> json_at(std::string_view json, std::string_view pointer);

// The n-th member of that name (from 0) of the object at `pointer`.
std::optional<JsonPlace> json_member(std::string_view json, std::string_view pointer,
                                     std::string_view name, std::size_t n = 0);

// A reference token of a JSON pointer: "~" and "/" escaped.
std::string pointer_token(std::string_view name);

}  // namespace nightshift
