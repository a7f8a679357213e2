#include "manifest/file_kind.hpp"

#include <simdjson.h>

#include <algorithm>
#include <vector>

namespace nightshift {
namespace {

constexpr std::size_t lines_looked_at = 30;
constexpr const char* wanted = "each line must be one object, such as {\"id\": \"a\", ...}";

std::string_view trimmed(std::string_view text) {
    const auto begin = text.find_first_not_of(" \t\r");
    if (begin == std::string_view::npos) return {};
    return text.substr(begin, text.find_last_not_of(" \t\r") - begin + 1);
}

// Whole lines that are not blank, as they stand; the last one only of a whole text.
std::vector<std::string_view> lines_of(std::string_view text, bool is_whole) {
    std::vector<std::string_view> lines;
    while (!text.empty() && lines.size() < lines_looked_at) {
        const auto feed = text.find('\n');
        if (feed == std::string_view::npos && !is_whole) break;
        const auto line = text.substr(0, feed);
        if (!trimmed(line).empty()) lines.push_back(line);
        if (feed == std::string_view::npos) break;
        text.remove_prefix(feed + 1);
    }
    return lines;
}

// Lines within a document that is spread over several are indented.
bool is_object_line(std::string_view line) {
    if (line.empty() || line.front() != '{') return false;
    simdjson::dom::parser parser;
    simdjson::dom::object object;
    const simdjson::padded_string padded(trimmed(line));
    return parser.parse(padded).get(object) == simdjson::SUCCESS;
}

bool is_yaml_key(std::string_view line) {
    if (line.starts_with("- ")) line = trimmed(line.substr(2));
    const auto colon = line.find(':');
    if (colon == std::string_view::npos || colon == 0) return false;
    if (colon + 1 < line.size() && line[colon + 1] != ' ') return false;
    return std::all_of(line.begin(), line.begin() + static_cast<std::ptrdiff_t>(colon), [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
               c == '_' || c == '-';
    });
}

// The separator that the first two lines share, as often in both; 0 when there is none.
char separator_of(const std::vector<std::string_view>& lines) {
    for (const char c : {'\t', ',', ';'}) {
        const auto count = std::count(lines[0].begin(), lines[0].end(), c);
        if (count == 0) continue;
        if (lines.size() < 2 || std::count(lines[1].begin(), lines[1].end(), c) >= count) return c;
    }
    return 0;
}

FileKind csv_kind(char separator) {
    const auto* const name = separator == '\t' ? "TSV" : "CSV";
    const std::string how = separator == '\t' ? ", delimiter='\\t'" : "";
    return {std::string("this looks like ") + name + ", not JSONL",
            std::string(wanted) +
                "; convert it: python3 -c 'import csv, json, sys; [print(json."
                "dumps(row)) for row in csv.DictReader(sys.stdin" +
                how + ")]' < FILE > FILE.jsonl"};
}

}  // namespace

std::optional<FileKind> foreign_kind(std::string_view head, bool is_whole) {
    const auto lines = lines_of(head, is_whole);
    if (lines.empty() || std::any_of(lines.begin(), lines.end(), is_object_line)) {
        return std::nullopt;
    }
    const auto first = trimmed(lines[0]);
    if (first.front() == '[') {
        return FileKind{"this is one JSON list, not JSONL",
                        std::string(wanted) + "; convert it: jq -c '.[]' FILE > FILE.jsonl"};
    }
    const bool is_open = first == "{" || (first.front() == '{' && first.back() != '}');
    if (is_open && lines.size() > 1 && trimmed(lines[1]).front() != '{') {
        return FileKind{"this is JSON spread over several lines, not JSONL",
                        std::string(wanted) + "; convert it: jq -c . FILE > FILE.jsonl"};
    }
    if (first.front() == '{' || first.front() == '"') return std::nullopt;
    if (first.front() == '<') {
        return FileKind{"this looks like HTML or XML, not JSONL", wanted};
    }
    if (first == "---" || first.starts_with("%YAML") ||
        (is_yaml_key(first) && (lines.size() < 2 || separator_of(lines) == 0))) {
        return FileKind{"this looks like YAML, not JSONL",
                        std::string(wanted) +
                            "; convert it: yq -o=json -I=0 '.[]' FILE > "
                            "FILE.jsonl"};
    }
    // One line alone may be anything; a file of lines without an object is a table.
    const char separator = separator_of(lines);
    if (lines.size() > 1 && separator != 0) return csv_kind(separator);
    return std::nullopt;
}

}  // namespace nightshift
