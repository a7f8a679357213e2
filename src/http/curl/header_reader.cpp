#include "http/curl/header_reader.hpp"

#include <algorithm>
#include <cstdint>

namespace nightshift::http {
namespace {

constexpr std::size_t head_bytes_max = 300'000;  // libcurl's own bound of 300 KiB is just above
constexpr int head_lines_max = 256;
constexpr std::size_t usual_fields = 16;

std::string_view trimmed(std::string_view text) {
    const auto is_space = [](char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; };
    while (!text.empty() && is_space(text.front())) text.remove_prefix(1);
    while (!text.empty() && is_space(text.back())) text.remove_suffix(1);
    return text;
}

}  // namespace

std::size_t number_in(std::string_view text) {
    std::size_t number = 0;
    for (const char c : text) {
        if (c < '0' || c > '9' || number > SIZE_MAX / 10 - 9) return 0;
        number = number * 10 + static_cast<std::size_t>(c - '0');
    }
    return number;
}

HeadReader::Step HeadReader::take(std::string_view line) {
    bytes_ += line.size();
    ++lines_;
    if (bytes_ > head_bytes_max || lines_ > head_lines_max) return Step::too_large;
    if (part_ == Part::body) return Step::more;  // a trailer
    if (trimmed(line).empty()) {
        const bool complete = part_ == Part::head;
        part_ = complete ? Part::body : Part::head;
        return complete ? Step::complete : Step::more;
    }
    if (line.starts_with("HTTP/")) {
        take_status(line);
    } else if (part_ == Part::head && !take_field(line)) {
        return Step::two_lengths;
    }
    return Step::more;
}

void HeadReader::take_status(std::string_view line) {
    const auto space = line.find(' ');
    if (space == std::string_view::npos) return;
    const auto number = static_cast<int>(number_in(trimmed(line.substr(space, 4))));
    part_ = number < 200 ? Part::informational_head : Part::head;
    if (part_ == Part::head) status = number;
}

bool HeadReader::take_field(std::string_view line) {
    if (line.front() == ' ' || line.front() == '\t') {  // folded, RFC 9112 5.2
        if (!headers.empty()) headers.back().second.append(" ").append(trimmed(line));
        return true;
    }
    const auto colon = line.find(':');
    if (colon == std::string_view::npos) return true;
    if (headers.empty()) headers.reserve(usual_fields);
    std::string name(trimmed(line.substr(0, colon)));
    for (auto& c : name) {
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + ('a' - 'A'));
    }
    std::string value(trimmed(line.substr(colon + 1)));
    std::replace(value.begin(), value.end(), '\r', ' ');  // a bare CR ends no line, RFC 9112 2.2
    if (name == "content-encoding" && value != "identity") compressed = true;
    if (name == "content-length") {
        if (!length_.empty() && length_ != value) return false;
        length_ = value;
    }
    headers.emplace_back(std::move(name), std::move(value));
    return true;
}

}  // namespace nightshift::http
