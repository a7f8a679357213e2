#include "recipe/text/template.hpp"

#include "base/bounds.hpp"
#include "base/text/did_you_mean.hpp"

#include <fmt/format.h>
#include <utf8proc.h>

#include <algorithm>
#include <charconv>

namespace nightshift::recipe {
namespace {

constexpr const char* literal_braces = "a literal {{ is written {{\"{{\"}}";
constexpr const char* filter_names = "filters: default, optional, json, trim, join";

std::string_view without_blanks(std::string_view text) {
    const auto begin = text.find_first_not_of(" \t");
    if (begin == std::string_view::npos) return {};
    return text.substr(begin, text.find_last_not_of(" \t") - begin + 1);
}

// One placeholder: from behind its braces to behind its closing ones.
class PlaceholderParser {
public:
    explicit PlaceholderParser(std::string_view text) : text_(text) {}

    std::size_t at() const { return at_; }
    const std::string& error() const { return error_; }
    const std::optional<std::string>& literal() const { return literal_; }
    Placeholder take() { return std::move(placeholder_); }

    bool parse() {
        if (!path()) return false;
        if (literal_) return true;
        while (!closes()) {
            if (peek() != '|') return not_closed();
            ++at_;
            if (!filter()) return false;
        }
        if (placeholder_.path.size() > limits::recipe_path_segments) {
            return fail(fmt::format("a path has at most {} parts", limits::recipe_path_segments));
        }
        if (placeholder_.filters.size() > limits::recipe_filters) {
            return fail(fmt::format("at most {} filters", limits::recipe_filters));
        }
        return true;
    }

private:
    char peek() const { return at_ < text_.size() ? text_[at_] : '\0'; }
    void blanks() {
        while (peek() == ' ' || peek() == '\t') ++at_;
    }

    bool fail(std::string error) {
        error_ = std::move(error);
        return false;
    }
    // The beginning as written, so that it is found.
    bool not_closed() {
        const auto line = text_.substr(0, std::min<std::size_t>(text_.find('\n'), 30));
        return fail(
            fmt::format("\"{{{{{}\" is not closed by }}}} on its line; {}", line, literal_braces));
    }

    bool closes() {
        blanks();
        if (text_.substr(at_, 2) != "}}") return false;
        at_ += 2;
        return true;
    }

    bool json_text(std::string& out) {
        std::size_t used = 0;
        const auto line = text_.substr(at_, text_.find('\n', at_) - at_);
        const auto value = parse_json_prefix(line, used);
        if (!value || !value->is_text()) return fail("a quoted name is not a JSON string");
        out = value->text;
        at_ += used;
        return true;
    }

    bool path() {
        while (true) {
            blanks();
            std::string segment;
            if (peek() == '"') {
                if (!json_text(segment)) return not_closed();
                if (placeholder_.path.empty() && closes()) {
                    literal_ = segment;
                    return true;
                }
            } else {
                const std::size_t from = at_;
                while (at_ < text_.size() && is_name(text_[at_])) ++at_;
                segment = std::string(without_blanks(text_.substr(from, at_ - from)));
                const bool ends = at_ >= text_.size() || text_[at_] == '\n' || text_[at_] == '{' ||
                                  (text_[at_] == '}' && text_.substr(at_, 2) != "}}");
                if (ends) return not_closed();
                if (segment.empty()) {
                    return fail(std::string("a placeholder without a name; ") + literal_braces);
                }
            }
            placeholder_.path.push_back(std::move(segment));
            blanks();
            if (peek() != '.') return true;
            ++at_;
        }
    }

    static bool is_name(char c) {
        const auto byte = static_cast<unsigned char>(c);
        return byte >= 0x20 && byte != 0x7F &&
               std::string_view("{}|.\"").find(c) == std::string_view::npos;
    }

    bool filter() {
        blanks();
        const std::size_t from = at_;
        while (at_ < text_.size() &&
               (std::isalnum(static_cast<unsigned char>(text_[at_])) != 0 || text_[at_] == '_')) {
            ++at_;
        }
        const auto name = text_.substr(from, at_ - from);
        Filter made;
        if (name == "optional") {
            made.kind = Filter::Kind::optional;
        } else if (name == "json") {
            made.kind = Filter::Kind::json;
        } else if (name == "trim") {
            made.kind = Filter::Kind::trim;
        } else if (name == "default" || name == "join") {
            made.kind = name == "join" ? Filter::Kind::join : Filter::Kind::fallback;
            if (!argument(name, made)) return false;
        } else {
            return unknown(std::string(name));
        }
        placeholder_.filters.push_back(std::move(made));
        return true;
    }

    bool unknown(const std::string& name) {
        static const std::vector<std::string> names = {"default", "optional", "json", "trim",
                                                       "join"};
        if (name.empty() && at_ >= text_.size()) return not_closed();
        const std::string* near = nearest_of(name, names);
        return fail(fmt::format("unknown filter \"{}\"; {}{}", name, filter_names,
                                near == nullptr ? "" : "; did you mean '" + *near + "'?"));
    }

    bool argument(std::string_view name, Filter& made) {
        blanks();
        if (peek() != '(') return fail(fmt::format("{} wants a value: {}(\"...\")", name, name));
        ++at_;
        std::size_t used = 0;
        const auto line = text_.substr(at_, text_.find('\n', at_) - at_);
        const auto value = parse_json_prefix(line, used);
        if (!value) return not_json(name, line);
        made.argument = *value;
        at_ += used;
        blanks();
        if (peek() != ')') return not_json(name, line);
        ++at_;
        if (made.kind == Filter::Kind::join && !value->is_text()) {
            return fail("join wants a text: join(\", \")");
        }
        return true;
    }

    bool not_json(std::string_view name, std::string_view line) {
        const auto word = line.substr(0, line.find(')'));
        return fail(
            fmt::format("{} in {}(...) is not JSON; write texts in double quotes: "
                        "{}(\"{}\")",
                        word, name, name, word));
    }

    std::string_view text_;
    std::size_t at_ = 0;
    std::string error_;
    std::optional<std::string> literal_;
    Placeholder placeholder_;
};

Found element_of(const Value& list, const std::string& segment) {
    std::size_t n = 0;
    const auto* const end = segment.data() + segment.size();
    const auto [rest, error] = std::from_chars(segment.data(), end, n);
    const bool canonical = segment == "0" || !segment.starts_with('0');
    if (error != std::errc() || rest != end || !canonical) {
        return Found::bad(fmt::format("a list has elements 0, 1, ..., not '{}'", segment));
    }
    if (n >= list.items.size()) {
        return Found::absent(fmt::format("the list has {} element{}", list.items.size(),
                                         list.items.size() == 1 ? "" : "s"));
    }
    return Found::of(list.items[n]);
}

// The list's elements as one text.
Found joined(const Value& list, const std::string& between) {
    if (!list.is_list()) {
        return Found::bad(fmt::format("join wants a list, not {}", type_in_words(list)));
    }
    std::string text;
    for (std::size_t i = 0; i < list.items.size(); ++i) {
        if (list.items[i].is_null()) return Found::bad("join: an element of the list is null");
        if (i > 0) text += between;
        text += plain_of(list.items[i]);
    }
    return Found::of(Value::of_text(std::move(text)));
}

void apply(Found& found, const Filter& filter) {
    const bool is_there = found.state == Found::State::there && !found.value.is_null();
    const bool is_nothing = !is_there || (found.value.is_text() && found.value.text.empty());
    switch (filter.kind) {
        case Filter::Kind::fallback:
            if (is_nothing) found = Found::of(filter.argument);
            return;
        case Filter::Kind::optional:
            if (is_nothing) found = {Found::State::dropped, {}, {}};
            return;
        case Filter::Kind::json:
            if (is_there) found = Found::of(Value::of_text(json_of(found.value)));
            return;
        case Filter::Kind::trim:
            if (!is_there) return;
            if (!found.value.is_text()) {
                found = Found::bad(
                    fmt::format("trim wants a text, not {}", type_in_words(found.value)));
                return;
            }
            found.value.text = std::string(trimmed(found.value.text));
            return;
        case Filter::Kind::join:
            if (is_there) found = joined(found.value, filter.argument.text);
            return;
    }
}

bool is_unicode_space(utf8proc_int32_t c) {
    if (c >= 0x09 && c <= 0x0D) return true;
    if (c >= 0x1C && c <= 0x1F) return true;
    if (c == 0x85) return true;
    const auto category = utf8proc_category(c);
    return category == UTF8PROC_CATEGORY_ZS || category == UTF8PROC_CATEGORY_ZL ||
           category == UTF8PROC_CATEGORY_ZP;
}

}  // namespace

bool Placeholder::has(Filter::Kind kind) const {
    return std::any_of(filters.begin(), filters.end(),
                       [kind](const Filter& filter) { return filter.kind == kind; });
}

std::string joined_path(const std::vector<std::string>& path, std::size_t from) {
    std::string text;
    for (std::size_t i = from; i < path.size(); ++i) text += (i > from ? "." : "") + path[i];
    return text;
}

std::string Placeholder::name() const {
    return "{{" + joined_path(path, 0) + "}}";
}

bool Template::has_placeholders() const {
    return std::any_of(parts.begin(), parts.end(),
                       [](const TemplatePart& part) { return part.placeholder.has_value(); });
}

std::optional<Template> parse_template(std::string_view text, std::string& error) {
    Template made;
    std::string literal;
    for (std::size_t at = 0; at < text.size();) {
        const std::size_t open = text.find("{{", at);
        if (open == std::string_view::npos) {
            literal += text.substr(at);
            break;
        }
        // Of a run of braces the last two open.
        const std::size_t run = std::min(text.find_first_not_of('{', open), text.size());
        literal += text.substr(at, run - 2 - at);
        PlaceholderParser parser(text.substr(run));
        if (!parser.parse()) {
            error = parser.error();
            return std::nullopt;
        }
        const std::size_t end = run + parser.at();
        if (parser.literal()) {
            literal += *parser.literal();
        } else {
            made.parts.push_back({std::move(literal), parser.take()});
            made.parts.back().placeholder->source = text.substr(run - 2, end - run + 2);
            literal.clear();
        }
        at = end;
    }
    if (!literal.empty() || made.parts.empty()) made.parts.push_back({std::move(literal), {}});
    return made;
}

Found walk(const Value& root, const std::vector<std::string>& path, std::size_t from) {
    const Value* value = &root;
    Found element;
    for (std::size_t i = from; i < path.size(); ++i) {
        if (value->is_null()) return Found::absent("it is null");
        if (value->is_list()) {
            Found found = element_of(*value, path[i]);
            if (found.state != Found::State::there) return found;
            std::swap(element, found);
            value = &element.value;
            continue;
        }
        if (!value->is_object()) {
            return Found::bad(fmt::format("{} has no '{}'", type_in_words(*value), path[i]));
        }
        const Value* member = value->member(path[i]);
        if (member == nullptr) {
            const std::string* near = nearest_of(path[i], value->names);
            return Found::absent(
                fmt::format("'{}' is not there{}", path[i],
                            near == nullptr ? "" : "; did you mean '" + *near + "'?"));
        }
        value = member;
    }
    return Found::of(*value);
}

Found filtered(Found found, const std::vector<Filter>& filters, bool null_is_fine) {
    for (const auto& filter : filters) {
        if (found.state == Found::State::bad) return found;
        if (found.state == Found::State::dropped) return found;
        apply(found, filter);
    }
    if (found.state == Found::State::there && found.value.is_null() && !null_is_fine) {
        return Found::bad("it is null");
    }
    return found;
}

std::string escaped(std::string_view text) {
    std::string out;
    out.reserve(text.size());
    for (std::size_t at = 0; at < text.size();) {
        const std::size_t braces = text.find("{{", at);
        out += text.substr(at, braces - at);
        if (braces == std::string_view::npos) break;
        out += "{{\"{{\"}}";
        at = braces + 2;
    }
    return out;
}

Value escaped(Value value) {
    if (value.is_text()) value.text = escaped(value.text);
    for (auto& item : value.items) item = escaped(std::move(item));
    return value;
}

std::string_view trimmed(std::string_view text) {
    const auto* const begin = reinterpret_cast<const utf8proc_uint8_t*>(text.data());
    std::size_t from = 0;
    while (from < text.size()) {
        utf8proc_int32_t c = 0;
        const auto used =
            utf8proc_iterate(begin + from, static_cast<utf8proc_ssize_t>(text.size() - from), &c);
        if (used <= 0 || !is_unicode_space(c)) break;
        from += static_cast<std::size_t>(used);
    }
    std::size_t to = text.size();
    while (to > from) {
        std::size_t start = to - 1;
        while (start > from && (static_cast<unsigned char>(text[start]) & 0xC0) == 0x80) --start;
        utf8proc_int32_t c = 0;
        const auto used =
            utf8proc_iterate(begin + start, static_cast<utf8proc_ssize_t>(to - start), &c);
        if (used <= 0 || !is_unicode_space(c)) break;
        to = start;
    }
    return text.substr(from, to - from);
}

}  // namespace nightshift::recipe
