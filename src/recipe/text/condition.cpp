#include "recipe/text/condition.hpp"

#include "base/text/did_you_mean.hpp"

#include <fmt/format.h>
#ifdef NIGHTSHIFT_RE2
#include <re2/re2.h>
#endif

#include <algorithm>

namespace nightshift::recipe {
namespace {

const std::vector<std::string>& known_keys() {
    static const std::vector<std::string> keys = {
        "value",      "is",         "is_not",  "min",         "max",
        "min_length", "max_length", "matches", "not_matches", "empty"};
    return keys;
}

std::vector<Value> values_of(const Value& given) {
    if (given.is_list()) return given.items;
    return {given};
}

bool read_patterns(const Value& given, std::vector<std::shared_ptr<const Pattern>>& patterns,
                   const std::string& key, std::string& error) {
    for (const auto& each : values_of(given)) {
        if (!each.is_text()) {
            error = fmt::format("{} is a pattern in quotes, or a list of them", key);
            return false;
        }
        std::string why;
        auto pattern = Pattern::compile(each.text, why);
        if (pattern == nullptr) {
            error = fmt::format("{}: {}", key, why);
            return false;
        }
        patterns.push_back(std::move(pattern));
    }
    return true;
}

bool read_test(const std::string& key, const Value& given, Condition& condition,
               std::string& error) {
    const auto wants = [&](std::string_view what) {
        error = fmt::format("{} wants {}, not {}", key, what, type_in_words(given));
        return false;
    };
    if (key == "is") {
        condition.is = values_of(given);
    } else if (key == "is_not") {
        condition.is_not = values_of(given);
    } else if (key == "min" || key == "max") {
        if (!given.is_number()) return wants("a number");
        (key == "min" ? condition.min : condition.max) = number_of(given);
    } else if (key == "min_length" || key == "max_length") {
        const auto number = number_of(given);
        if (!given.is_number() || *number < 0) return wants("a number of characters");
        (key == "min_length" ? condition.min_length : condition.max_length) =
            static_cast<std::int64_t>(*number);
    } else if (key == "empty") {
        if (given.type != Value::Type::boolean) return wants("true or false");
        condition.empty = given.yes;
    } else {
        return read_patterns(given, key == "matches" ? condition.matches : condition.not_matches,
                             key, error);
    }
    return true;
}

std::int64_t characters_of(std::string_view text) {
    return std::count_if(text.begin(), text.end(),
                         [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; });
}

bool is_one_of(const Value& value, const std::vector<Value>& values) {
    return std::any_of(values.begin(), values.end(),
                       [&value](const Value& other) { return are_equal(value, other); });
}

// What a test says of a value it cannot judge.
std::string cannot(std::string_view test, std::string_view wants, const Value& value) {
    const auto shown = value.is_text() && !value.text.empty()
                           ? '\'' + value.text.substr(0, 40) + '\''
                           : std::string(type_in_words(value));
    return fmt::format("{} wants {}, not {}", test, wants, shown);
}

std::optional<bool> numbers_hold(const Condition& condition, const Value& value,
                                 std::string& error) {
    if (!condition.min && !condition.max) return true;
    const auto number = number_of(value);
    if (!number) {
        error = cannot(condition.min ? "min" : "max", "a number", value);
        return std::nullopt;
    }
    return (!condition.min || *number >= *condition.min) &&
           (!condition.max || *number <= *condition.max);
}

std::optional<bool> texts_hold(const Condition& condition, const Value& value, std::string& error) {
    const bool lengths = condition.min_length || condition.max_length;
    const bool patterns = !condition.matches.empty() || !condition.not_matches.empty();
    if (!lengths && !patterns) return true;
    if (!value.is_text()) {
        const char* const test = condition.min_length         ? "min_length"
                                 : condition.max_length       ? "max_length"
                                 : !condition.matches.empty() ? "matches"
                                                              : "not_matches";
        error = cannot(test, "a text", value);
        return std::nullopt;
    }
    if (lengths) {
        const auto length = characters_of(value.text);
        if (condition.min_length && length < *condition.min_length) return false;
        if (condition.max_length && length > *condition.max_length) return false;
    }
    const auto finds = [&value](const auto& pattern) { return pattern->finds(value.text); };
    return std::all_of(condition.matches.begin(), condition.matches.end(), finds) &&
           std::none_of(condition.not_matches.begin(), condition.not_matches.end(), finds);
}

}  // namespace

#ifdef NIGHTSHIFT_RE2

struct Pattern::Work {
    explicit Work(const std::string& pattern, const RE2::Options& options) : re(pattern, options) {}
    RE2 re;
};

std::shared_ptr<const Pattern> Pattern::compile(const std::string& pattern, std::string& error) {
    RE2::Options options;
    options.set_log_errors(false);
    auto work = std::make_unique<Work>(pattern, options);
    if (work->re.ok()) return std::shared_ptr<const Pattern>(new Pattern(std::move(work)));
    error = work->re.error();
    if (pattern.find("(?=") != std::string::npos || pattern.find("(?!") != std::string::npos ||
        pattern.find("(?<") != std::string::npos) {
        error += "; look-around is not supported";
    }
    return nullptr;
}

bool Pattern::finds(const std::string& text) const {
    return RE2::PartialMatch(text, work_->re);
}

#else

struct Pattern::Work {};

std::shared_ptr<const Pattern> Pattern::compile(const std::string&, std::string& error) {
    error = "this build has no RE2; install libre2-dev and build again";
    return nullptr;
}

bool Pattern::finds(const std::string&) const {
    return false;
}

#endif

Pattern::Pattern(std::unique_ptr<Work> work) : work_(std::move(work)) {}
Pattern::~Pattern() = default;

std::optional<Condition> parse_condition(const Value& source, std::string& error) {
    Condition condition;
    condition.source = source;
    const Value* value = source.member("value");
    if (!source.is_object() || value == nullptr || !value->is_text()) {
        error = "a condition is {value = \"{{path}}\", TEST = ...}";
        return std::nullopt;
    }
    auto parsed = parse_template(value->text, error);
    if (!parsed) return std::nullopt;
    condition.value = std::move(*parsed);
    for (std::size_t i = 0; i < source.names.size(); ++i) {
        const auto& key = source.names[i];
        if (key == "value") continue;
        const auto& keys = known_keys();
        if (std::find(keys.begin(), keys.end(), key) == keys.end()) {
            const std::string* near = nearest_of(key, keys);
            error = fmt::format("unknown test \"{}\"; {}", key,
                                near != nullptr ? "did you mean '" + *near + "'?"
                                                : "tests: is, is_not, min, max, min_length, "
                                                  "max_length, matches, not_matches, empty");
            return std::nullopt;
        }
        if (!read_test(key, source.items[i], condition, error)) return std::nullopt;
    }
    if (source.names.size() > 1) return condition;
    error =
        "a condition without a test; say is, is_not, min, max, min_length, max_length, "
        "matches, not_matches or empty";
    return std::nullopt;
}

std::optional<bool> holds(const Condition& condition, const Found& found, std::string& error) {
    const Value nothing;
    const Value& value = found.state == Found::State::there ? found.value : nothing;
    if (condition.empty && value.is_empty() != *condition.empty) return false;
    if (condition.is && !is_one_of(value, *condition.is)) return false;
    if (condition.is_not && is_one_of(value, *condition.is_not)) return false;
    const auto numbers = numbers_hold(condition, value, error);
    if (!numbers || !*numbers) return numbers;
    return texts_hold(condition, value, error);
}

}  // namespace nightshift::recipe
