#include "manifest/problem.hpp"

#include "base/text/terminal_text.hpp"
#include "json/json_scan.hpp"
#include "manifest/line_draft.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <utility>

namespace nightshift {
namespace {

constexpr std::size_t words_max = 600;  // bytes: an id or a field name may be megabytes

}  // namespace

// The manifest's own words stand in here; they must not reach a terminal as they are.
std::string Problem::text() const {
    std::string text = term_safe(file);
    if (line > 0) text += fmt::format("{}{}", text.empty() ? "" : ":", line);
    if (line > 0 && column > 0) text += fmt::format(":{}", column);
    if (!text.empty()) text += ": ";
    text += term_safe(what, words_max);
    if (!what_to_do.empty()) text += "; " + term_safe(what_to_do, words_max);
    return text;
}

// Where in the line a complaint belongs, and how pointers read aloud.

void Complaints::error_at(std::size_t offset, std::string what, std::string what_to_do) {
    add(false, offset, std::move(what), std::move(what_to_do));
}

bool Complaints::is_dropped(std::string_view pointer) const {
    return dropped_ != nullptr &&
           std::any_of(dropped_->begin(), dropped_->end(), [pointer](const std::string& held) {
               return pointer.starts_with(held) &&
                      (pointer.size() == held.size() || pointer[held.size()] == '/');
           });
}

void Complaints::error(std::string_view pointer, std::string what, std::string what_to_do) {
    if (is_dropped(pointer)) return;
    add(false, offset_of(pointer, false), std::move(what), std::move(what_to_do));
}

void Complaints::error_key(std::string_view pointer, std::string what, std::string what_to_do) {
    if (is_dropped(pointer)) return;
    add(false, offset_of(pointer, true), std::move(what), std::move(what_to_do));
}

void Complaints::warn(std::string_view pointer, std::string what, std::string what_to_do) {
    if (is_dropped(pointer)) return;
    add(true, offset_of(pointer, false), std::move(what), std::move(what_to_do));
}

// An element of an Anthropic document may span several lines of its file.
void Complaints::add(bool warning, std::size_t offset, std::string what, std::string what_to_do) {
    const std::string_view before = line_.text.substr(0, offset);
    const auto feeds = std::count(before.begin(), before.end(), '\n');
    const std::size_t last = before.rfind('\n');
    Problem problem;
    problem.warning = warning;
    problem.line = line_.line + feeds;
    problem.column = last == std::string_view::npos
                         ? line_.column + static_cast<std::int64_t>(offset)
                         : static_cast<std::int64_t>(offset - last);
    problem.what = std::move(what);
    problem.what_to_do = std::move(what_to_do);
    problems_.push_back(std::move(problem));
    if (!warning) ++errors_;
}

std::size_t Complaints::offset_of(std::string_view pointer, bool key) const {
    while (true) {
        if (const auto place = json_at(line_.text, pointer)) {
            const char* const at =
                key && !place->key.empty() ? place->key.data() : place->value.data();
            return static_cast<std::size_t>(at - line_.text.data());
        }
        if (pointer.empty()) return 0;
        pointer = pointer.substr(0, pointer.rfind('/'));
    }
}

std::string spoken(std::string_view pointer) {
    std::string text;
    while (!pointer.empty()) {
        const std::size_t end = std::min(pointer.find('/', 1), pointer.size());
        const std::string_view token = pointer.substr(1, end - 1);
        pointer.remove_prefix(end);
        const bool index = !token.empty() && std::all_of(token.begin(), token.end(), [](char c) {
            return std::isdigit(static_cast<unsigned char>(c)) != 0;
        });
        if (index && !text.empty()) {
            text += '[' + std::string(token) + ']';
        } else {
            text += (text.empty() ? "" : ".") + std::string(token);
        }
    }
    return text;
}

std::string_view type_in_words(const JsonElement& value) {
    switch (value.type()) {
        case simdjson::dom::element_type::NULL_VALUE:
            return "null";
        case simdjson::dom::element_type::BOOL:
            return "true or false";
        case simdjson::dom::element_type::STRING:
            return "a text";
        case simdjson::dom::element_type::ARRAY:
            return "a list";
        case simdjson::dom::element_type::OBJECT:
            return "an object";
        default:
            return "a number";
    }
}

}  // namespace nightshift
