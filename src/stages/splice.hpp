// Texts of a JSON document filled where they hold placeholders; every other byte as it stands.

#pragma once

#include "recipe/text/template.hpp"

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>

namespace nightshift::stages {

// The value that a placeholder's path leads to, before its filters.
using LookUp = std::function<recipe::Found(const recipe::Placeholder&)>;

// The value of a template: of a lone placeholder the value itself, else a text. `there`, `dropped`
// (a lone one, by `optional`) or `bad`; `why` then names the placeholder. A text is
// left unfinished once it is longer than `bytes_max`.
recipe::Found fill_template(const recipe::Template& text, const LookUp& look_up,
                            std::size_t bytes_max);
// The same as a condition reads it: null is a value.
recipe::Found fill_condition(const recipe::Template& text, const LookUp& look_up,
                             std::size_t bytes_max);

// A string of a document that is a value, not a key.
struct TextToken {
    std::size_t begin = 0, end = 0;  // with its quotes
    std::size_t member = 0;          // where the member or element that it is begins
    std::string pointer;             // JSON pointer; only where it is asked for
};

// Tells of every such string in order. False when the document is damaged, or nests deeper than
// lines may. `on_text` may end the walk by returning false; that is no damage.
bool for_each_text(std::string_view json, bool with_pointers,
                   const std::function<bool(const TextToken&)>& on_text);

// Brackets, keys and commas are in order: what json/json_scan.hpp wants. Scalars are not looked
// into.
bool is_sound(std::string_view json);

// The text of a token when it holds "{{" once its escapes are resolved, else "".
std::string template_in(std::string_view json, const TextToken& token);

struct Spliced {
    enum class Error { none, value, damaged, too_long };
    Error error = Error::none;
    std::string json;
    std::string why;  // of an error
};

// Fills an object or a list in one pass from left to right. Keys are left alone, and so is what is
// put in. A text that is dropped takes its member or element and one comma along.
Spliced splice(std::string_view json, const LookUp& look_up, std::size_t bytes_max);

}  // namespace nightshift::stages
