#include "recipe/data/json_rows.hpp"

#include "base/bounds.hpp"

#include <fmt/format.h>

#include <utility>

namespace nightshift::recipe {
namespace {

bool is_space(int c) {
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

void skip_spaces(ByteReader& bytes) {
    while (is_space(bytes.peek())) bytes.get();
}

bool is_utf8_file(ByteReader& bytes, const std::string& name, const OnProblem& on_problem) {
    const auto encoding = foreign_encoding(bytes.head());
    if (encoding.empty()) return true;
    on_problem({false, name, 0, 0, fmt::format("the file is {}, not UTF-8", encoding),
                fmt::format("convert it: iconv -f {} -t UTF-8", encoding)});
    return false;
}

// False when the text is no object; that is told.
bool fill_row(Row& row, const std::string& text, const std::string& name, std::int64_t line,
              const OnProblem& on_problem) {
    std::string error;
    auto value = parse_json(text, &error);
    std::string what, what_to_do;
    if (!value) {
        what = "this row is not JSON: " + error;
        what_to_do = "write one object";
    } else if (value->is_list()) {
        what = "a row must be an object, not a list";
        what_to_do = "`jq -c '.[]'` writes the elements of a list as lines";
    } else if (!value->is_object()) {
        what = fmt::format("a row must be an object, not {}", type_in_words(*value));
        what_to_do = "write {\"name\": value, ...}";
    }
    if (!what.empty()) {
        on_problem({false, name, line, 0, std::move(what), std::move(what_to_do)});
        return false;
    }
    row.names = std::make_shared<const std::vector<std::string>>(std::move(value->names));
    row.cells = std::move(value->items);
    row.file = name;
    row.line = line;
    return true;
}

}  // namespace

JsonlReader::JsonlReader(std::unique_ptr<Source> source, std::string name, OnProblem on_problem)
    : name_(std::move(name)), on_problem_(std::move(on_problem)), bytes_(std::move(source)) {
    ended_ = !is_utf8_file(bytes_, name_, on_problem_);
}

bool JsonlReader::next(Row& row) {
    while (!ended_) {
        if (bytes_.peek() == ByteReader::end) {
            ended_ = true;
            const auto damage = bytes_.damage();
            if (!damage.empty()) {
                on_problem_({false, name_, bytes_.line(), 0, damage, "is the file whole?"});
            }
            return false;
        }
        const std::int64_t line = bytes_.line();
        text_.clear();
        bytes_.take_until(text_, "\n");
        bytes_.get();
        if (text_.find_first_not_of(" \t\r") == std::string::npos) continue;
        ++rows_;
        if (text_.size() > limits::table_record_bytes) {
            on_problem_({false, name_, line, 0, "the row is longer than 64 MiB", ""});
            continue;
        }
        if (!fill_row(row, text_, name_, line, on_problem_)) continue;
        row.number = rows_;
        return true;
    }
    return false;
}

JsonListReader::JsonListReader(std::unique_ptr<Source> source, std::string name,
                               OnProblem on_problem)
    : name_(std::move(name)), on_problem_(std::move(on_problem)), bytes_(std::move(source)) {
    ended_ = !is_utf8_file(bytes_, name_, on_problem_) || !begin();
}

bool JsonListReader::stop(std::string what, std::string what_to_do) {
    on_problem_({false, name_, bytes_.line(), 0, std::move(what), std::move(what_to_do)});
    ended_ = true;
    return false;
}

bool JsonListReader::begin() {
    skip_spaces(bytes_);
    if (bytes_.peek() != '[') {
        return stop("a .json file is a list of objects",
                    "write [{...}, ...], or lines of objects in a .jsonl file");
    }
    bytes_.get();
    return true;
}

// The bytes of the next element into `text_`; false behind the last one.
bool JsonListReader::element() {
    skip_spaces(bytes_);
    if (bytes_.peek() == ']') {
        bytes_.get();
        skip_spaces(bytes_);
        if (bytes_.peek() != ByteReader::end) return stop("text stands behind the list", "");
        ended_ = true;
        return false;
    }
    if (rows_ > 0) {
        if (bytes_.peek() != ',') return stop("a comma is missing between two rows", "");
        bytes_.get();
        skip_spaces(bytes_);
    }
    line_ = bytes_.line();
    text_.clear();
    std::size_t depth = 0;
    bool in_text = false;
    while (true) {
        const int c = bytes_.peek();
        if (c == ByteReader::end) {
            const auto damage = bytes_.damage();
            return stop(damage.empty() ? "the list is not closed" : damage, "is the file whole?");
        }
        if (!in_text && depth == 0 && (c == ',' || c == ']' || is_space(c))) break;
        text_ += static_cast<char>(bytes_.get());
        if (text_.size() > limits::table_record_bytes) {
            return stop("a row is longer than 64 MiB", "look for a missing quote or bracket");
        }
        if (in_text) {
            if (c == '\\' && bytes_.peek() != ByteReader::end) {
                text_ += static_cast<char>(bytes_.get());
            }
            in_text = c != '"';
            continue;
        }
        in_text = c == '"';
        if (c == '{' || c == '[') ++depth;
        if (c != '}' && c != ']') continue;
        if (depth <= 1) break;
        --depth;
    }
    if (text_.empty()) return stop("a row is missing between two commas", "");
    return true;
}

bool JsonListReader::next(Row& row) {
    while (!ended_ && element()) {
        ++rows_;
        if (!fill_row(row, text_, name_, line_, on_problem_)) continue;
        row.number = rows_;
        return true;
    }
    return false;
}

}  // namespace nightshift::recipe
