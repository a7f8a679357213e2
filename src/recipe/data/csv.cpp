#include "recipe/data/csv.hpp"

#include "base/bounds.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace nightshift::recipe {
namespace {

std::string spoken(char delimiter) {
    return delimiter == '\t' ? "\\t" : std::string(1, delimiter);
}

}  // namespace

CsvReader::CsvReader(std::unique_ptr<Source> source, CsvForm form, OnProblem on_problem)
    : form_(std::move(form)), on_problem_(std::move(on_problem)), bytes_(std::move(source)) {
    stops_ = std::string("\n\r\0", 3) + form_.delimiter;
    if (!read_header()) ended_ = true;
}

void CsvReader::tell(std::int64_t line, std::string what, std::string what_to_do) {
    on_problem_({false, form_.name, line, 0, std::move(what), std::move(what_to_do)});
}

CsvReader::Ended CsvReader::stop(std::string what, std::string what_to_do) {
    tell(line_, std::move(what), std::move(what_to_do));
    ended_ = true;
    return Ended::badly;
}

bool CsvReader::read_header() {
    const auto head = bytes_.head();
    const auto encoding = foreign_encoding(head);
    if (!encoding.empty()) {
        tell(0, fmt::format("the file is {}, not UTF-8", encoding),
             fmt::format("convert it: iconv -f {} -t UTF-8", encoding));
        return false;
    }
    if (head.starts_with("sep=")) {
        tell(1, "\"sep=\" is Excel's own line, not a header",
             fmt::format("remove it and say delimiter = \"{}\"", head.substr(4, 1)));
        return false;
    }
    if (!form_.columns.empty()) {
        columns_ = std::make_shared<const std::vector<std::string>>(form_.columns);
        return true;
    }
    if (!record()) {
        if (!ended_) tell(0, "the file has no header", "it is empty");
        return false;
    }
    return accept_header({cells_.begin(), cells_.begin() + static_cast<std::ptrdiff_t>(used_)});
}

bool CsvReader::accept_header(const std::vector<std::string>& names) {
    for (const char other : {';', '\t', ','}) {
        if (names.size() > 1 || other == form_.delimiter) continue;
        if (names[0].find(other) == std::string::npos) continue;
        tell(line_, fmt::format("the header has one column, \"{}\"", names[0].substr(0, 60)),
             fmt::format("if cells end with another sign, say so: delimiter = \"{}\"",
                         spoken(other)));
        return false;
    }
    if (names.size() > limits::table_columns) {
        tell(line_, fmt::format("more than {} columns", limits::table_columns), "leave some out");
        return false;
    }
    auto sorted = names;
    std::sort(sorted.begin(), sorted.end());
    const auto twice = std::adjacent_find(sorted.begin(), sorted.end());
    const auto empty = std::find(names.begin(), names.end(), "");
    if (empty != names.end()) {
        tell(line_, fmt::format("column {} has no name", empty - names.begin() + 1),
             "give it one, or say columns = [...] when the file has no header");
        return false;
    }
    if (twice != sorted.end()) {
        tell(line_, fmt::format("two columns are called '{}'", *twice), "rename one");
        return false;
    }
    columns_ = std::make_shared<const std::vector<std::string>>(names);
    return true;
}

// Looks at what ends a cell, and takes it.
CsvReader::Ended CsvReader::after_cell() {
    const int c = bytes_.peek();
    if (c == ByteReader::end) return Ended::file;
    if (c == static_cast<unsigned char>(form_.delimiter)) {
        bytes_.get();
        return Ended::cell;
    }
    if (c == '\n') {
        bytes_.get();
        return Ended::record;
    }
    return Ended::badly;
}

CsvReader::Ended CsvReader::quoted(std::string& text) {
    bytes_.get();
    while (true) {
        bytes_.take_until(text, std::string_view("\"\0", 2));
        if (text.size() > limits::table_record_bytes) {
            return stop("a quoted cell is not closed, or longer than 64 MiB",
                        "look for a missing quote");
        }
        const int c = bytes_.get();
        if (c == ByteReader::end) {
            return stop("a quoted cell that begins in this row is not closed",
                        "look for a missing quote");
        }
        if (c == 0) return stop("there is a NUL byte in this row", "is it a text file?");
        if (bytes_.peek() != '"') break;
        text += '"';
        bytes_.get();
    }
    if (bytes_.peek() == '\r') {
        bytes_.get();
        if (bytes_.peek() == '\n' || bytes_.peek() == ByteReader::end) return after_cell();
    } else {
        const auto ended = after_cell();
        if (ended != Ended::badly) return ended;
    }
    return stop("text stands behind a closing quote in this row",
                "write quotes inside a quoted cell twice: \"\"");
}

CsvReader::Ended CsvReader::cell(std::string& text) {
    text.clear();
    const std::uint64_t offset = bytes_.offset();
    if (bytes_.peek() == '"') {
        const auto ended = quoted(text);
        if (ended == Ended::badly) return ended;
        return check_utf8(text, offset) ? ended : Ended::badly;
    }
    while (true) {
        bytes_.take_until(text, stops_);
        const int c = bytes_.peek();
        if (c == 0) return stop("there is a NUL byte in this row", "is it a text file?");
        if (text.size() > limits::table_record_bytes) {
            return stop("a cell is longer than 64 MiB", "is it a table?");
        }
        if (c == '\r') {  // a line break's, unless no line feed follows
            bytes_.get();
            if (bytes_.peek() != '\n' && bytes_.peek() != ByteReader::end) {
                text += '\r';
                continue;
            }
        }
        return check_utf8(text, offset) ? after_cell() : Ended::badly;
    }
}

bool CsvReader::check_utf8(const std::string& text, std::uint64_t offset) {
    const auto bad = first_bad_utf8(text);
    if (!bad) return true;
    stop(fmt::format("byte {} of {} is not UTF-8", offset + *bad, form_.name),
         "convert the file, say from Latin 1: iconv -f ISO-8859-1 -t UTF-8");
    return false;
}

// The next record that is not blank into `cells_`.
bool CsvReader::record() {
    while (!ended_) {
        if (bytes_.peek() == ByteReader::end) {
            ended_ = true;
            const auto damage = bytes_.damage();
            if (!damage.empty()) tell(bytes_.line(), damage, "is the file whole?");
            if (columns_ == nullptr) ended_ = !damage.empty();
            return false;
        }
        line_ = bytes_.line();
        used_ = 0;
        record_bytes_ = 0;
        const bool begins_quoted = bytes_.peek() == '"';
        Ended ended = Ended::cell;
        while (ended == Ended::cell) {
            if (used_ == cells_.size()) cells_.emplace_back();
            ended = cell(cells_[used_]);
            if (ended == Ended::badly) return false;
            record_bytes_ += cells_[used_].size();
            ++used_;
            if (used_ > limits::table_columns + 1 || record_bytes_ > limits::table_record_bytes) {
                stop("a row is longer than 64 MiB or has too many cells", "is it a table?");
                return false;
            }
        }
        if (used_ == 1 && cells_[0].empty() && !begins_quoted) continue;  // a blank line
        return true;
    }
    return false;
}

bool CsvReader::next(Row& row) {
    while (!ended_ && columns_ != nullptr && record()) {
        ++rows_;
        if (used_ != columns_->size()) {
            tell(line_,
                 fmt::format("{} cell{}, but there are {} columns", used_, used_ == 1 ? "" : "s",
                             columns_->size()),
                 "cells with the delimiter or a line break in them want quotes");
            continue;
        }
        row.names = columns_;
        row.cells.resize(used_);
        for (std::size_t i = 0; i < used_; ++i) {
            Value& value = row.cells[i];
            value.type = Value::Type::text;
            value.items.clear();
            value.names.clear();
            value.text.assign(cells_[i]);
        }
        row.file = form_.name;
        row.line = line_;
        row.number = rows_;
        return true;
    }
    return false;
}

}  // namespace nightshift::recipe
