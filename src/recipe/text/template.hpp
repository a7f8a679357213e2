// Texts with placeholders: {{path | filter}}. Parsed once, read never again: what is put in is
// text, whatever it holds.
//
//   template = { text | "{{" blanks ( literal | path { "|" filter } ) blanks "}}" }
//   literal  = a JSON string
//   path     = segment { "." segment }
//   segment  = a JSON string | one or more of any character but { } | . " and controls, trimmed
//   filter   = default(JSON) | optional | json | trim | join(JSON string)

#pragma once

#include "recipe/text/value.hpp"

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace nightshift::recipe {

struct Filter {
    enum class Kind { fallback, optional, json, trim, join };  // fallback: default(...)
    Kind kind = Kind::optional;
    Value argument;  // of default and join
};

struct Placeholder {
    std::vector<std::string> path;  // at least one segment
    std::vector<Filter> filters;
    std::string source;  // as written, with its braces

    bool has(Filter::Kind kind) const;
    // An absent value is no error.
    bool may_be_absent() const {
        return has(Filter::Kind::optional) || has(Filter::Kind::fallback);
    }
    std::string name() const;  // "{{a.b}}", for messages
};

// path[from...] with dots between, for messages and for columns whose name has dots.
std::string joined_path(const std::vector<std::string>& path, std::size_t from);

struct TemplatePart {
    std::string literal;  // text before the placeholder
    std::optional<Placeholder> placeholder;
};

struct Template {
    std::vector<TemplatePart> parts;  // no two literals side by side

    // Nothing but one placeholder: it keeps its type.
    bool is_lone() const {
        return parts.size() == 1 && parts[0].placeholder && parts[0].literal.empty();
    }
    bool has_placeholders() const;
};

// Nothing when the text is no template; `error` says why.
std::optional<Template> parse_template(std::string_view text, std::string& error);

// A value on its way into a text: there, absent with the reason, or dropped by `optional`.
struct Found {
    enum class State { there, absent, dropped, bad };
    State state = State::absent;
    Value value;
    std::string why;  // of absent and bad

    static Found of(Value value) { return {State::there, std::move(value), {}}; }
    static Found absent(std::string why) { return {State::absent, {}, std::move(why)}; }
    static Found bad(std::string why) { return {State::bad, {}, std::move(why)}; }
};

// The value below `root` at path[from...]: members by name, elements of a list from 0.
Found walk(const Value& root, const std::vector<std::string>& path, std::size_t from);
// What the filters make of it. `null_is_fine`: a null that no filter takes stays (conditions).
Found filtered(Found found, const std::vector<Filter>& filters, bool null_is_fine = false);

// A text so that a template of it gives it back: "{{" is written {{"{{"}}.
std::string escaped(std::string_view text);
// The same of every text in a value; names of members stay.
Value escaped(Value value);

// Without white space of Unicode at its ends.
std::string_view trimmed(std::string_view text);

}  // namespace nightshift::recipe
