// {value = "{{path}}", TEST...}: one form for rows (where), tasks (when, accept) and exports.
// All tests of a condition must hold, and all conditions of a list.

#pragma once

#include "recipe/text/template.hpp"
#include "recipe/text/value.hpp"

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace nightshift::recipe {

// RE2 behind a wall: linear in time whatever the pattern, without look-around.
class Pattern {
public:
    // nullptr when RE2 does not take it; `error` says why.
    static std::shared_ptr<const Pattern> compile(const std::string& pattern, std::string& error);
    // Found anywhere in the text.
    bool finds(const std::string& text) const;
    ~Pattern();

private:
    struct Work;
    explicit Pattern(std::unique_ptr<Work> work);
    std::unique_ptr<Work> work_;
};

struct Condition {
    Template value;
    Value source;  // the whole condition, as it goes into a line
    std::optional<std::vector<Value>> is, is_not;
    std::optional<double> min, max;
    std::optional<std::int64_t> min_length, max_length;
    std::vector<std::shared_ptr<const Pattern>> matches, not_matches;
    std::optional<bool> empty;
};

// Nothing when it is not one; `error` says why.
std::optional<Condition> parse_condition(const Value& source, std::string& error);

// Whether the tests hold for a value (there or dropped). Nothing when a test makes no sense for
// it; `error` says why.
std::optional<bool> holds(const Condition& condition, const Found& found, std::string& error);

}  // namespace nightshift::recipe
