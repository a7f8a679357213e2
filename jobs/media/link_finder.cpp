#include "jobs/media/link_finder.hpp"

#include "base/bounds.hpp"
#include "base/text/ascii.hpp"

#include <utf8proc.h>

#include <algorithm>
#include <array>
#include <optional>
#include <span>

namespace nightshift::jobs {
namespace {

using namespace std::string_view_literals;

constexpr std::size_t url_bytes_max = 16u << 10;  // signed links take two thousand

constexpr std::array image_extensions = {"png"sv,  "jpg"sv, "jpeg"sv, "jfif"sv,
                                         "webp"sv, "gif"sv, "image"sv};
constexpr std::array sound_extensions = {"mp3"sv,  "wav"sv, "flac"sv, "ogg"sv,
                                         "opus"sv, "aac"sv, "m4a"sv,  "pcm"sv};
constexpr std::array film_extensions = {"mp4"sv, "webm"sv, "mov"sv};

struct CodePoint {
    utf8proc_int32_t value = -1;
    std::size_t bytes = 1;
};

CodePoint code_point_at(std::string_view text, std::size_t at) {
    CodePoint found;
    const auto rest = text.substr(at, 4);
    const auto bytes = utf8proc_iterate(reinterpret_cast<const utf8proc_uint8_t*>(rest.data()),
                                        static_cast<utf8proc_ssize_t>(rest.size()), &found.value);
    if (bytes > 0) found.bytes = static_cast<std::size_t>(bytes);
    return found;
}

bool is_letter(utf8proc_int32_t c) {
    const auto kind = utf8proc_category(c);
    return kind >= UTF8PROC_CATEGORY_LU && kind <= UTF8PROC_CATEGORY_LO;
}

// Beyond ASCII a URL may hold letters, marks, numbers, and the two dots that join names.
bool belongs_to_a_name(utf8proc_int32_t c) {
    if (c < 0) return false;
    const auto kind = utf8proc_category(c);
    return (kind >= UTF8PROC_CATEGORY_LU && kind <= UTF8PROC_CATEGORY_NO) || c == 0xB7 ||
           c == 0x30FB;
}

bool ends_a_url(char c, const Opening& opening) {
    return c <= ' ' || c == '\x7F' || c == opening.quote ||
           "\"<>`{}|^"sv.find(c) != std::string_view::npos;
}

// One character of a URL as it is meant, and how long it is written.
struct Piece {
    std::string meant;
    std::size_t written = 0;
    bool escaped = false;
};

std::optional<Piece> unicode_escape_at(std::string_view text, std::size_t at) {
    const auto digits = text.substr(at).substr(0, 6);  // "\u0026"
    if (digits.size() < 6) return std::nullopt;
    utf8proc_int32_t value = 0;
    for (const char c : digits.substr(2)) {
        if (hex_value(c) < 0) return std::nullopt;
        value = value * 16 + hex_value(c);
    }
    const bool ascii = value < 0x80;
    if (ascii && ends_a_url(static_cast<char>(value), {})) return std::nullopt;
    if (!ascii && !(utf8proc_codepoint_valid(value) && belongs_to_a_name(value))) {
        return std::nullopt;
    }
    std::array<utf8proc_uint8_t, 4> bytes{};
    const auto size = utf8proc_encode_char(value, bytes.data());
    return Piece{
        .meant = {reinterpret_cast<const char*>(bytes.data()), static_cast<std::size_t>(size)},
        .written = 6,
        .escaped = true};
}

// Of JSON ("\/", "&") and Markdown ("\_", "\(").
std::optional<Piece> escape_at(std::string_view text, std::size_t at) {
    if (at + 1 == text.size()) return std::nullopt;
    const char next = text[at + 1];
    if (next == 'u') return unicode_escape_at(text, at);
    if (is_ascii_alnum(next) || next == '\\' || next < 0 || ends_a_url(next, {})) {
        return std::nullopt;
    }
    return Piece{.meant = std::string(1, next), .written = 2, .escaped = true};
}

std::optional<Piece> piece_at(std::string_view text, std::size_t at, const Opening& opening) {
    if (at >= text.size()) return std::nullopt;
    const char c = text[at];
    if (static_cast<unsigned char>(c) >= 0x80) {
        const auto point = code_point_at(text, at);
        if (!belongs_to_a_name(point.value)) return std::nullopt;
        return Piece{.meant = std::string(text.substr(at, point.bytes)),
                     .written = point.bytes,
                     .escaped = false};
    }
    if (c == '\\') return escape_at(text, at);
    if (ends_a_url(c, opening)) return std::nullopt;
    Piece piece{.meant = std::string(1, c), .written = 1, .escaped = false};
    if (c == '&' && opening.in_tag) {
        for (const auto entity : {"&amp;"sv, "&#38;"sv, "&#x26;"sv}) {
            if (starts_folded(text.substr(at), entity)) piece.written = entity.size();
        }
    }
    return piece;
}

// The brackets that are open in a URL: one that closes none of them ends it.
class Brackets {
public:
    bool take(std::string_view text, std::size_t at) {
        switch (text[at]) {
            case '(':
                ++round_;
                return true;
            case '[':
                ++square_;
                return at + 1 == text.size() || text[at + 1] != '/';  // the end tag of BBCode
            case ')':
                return --round_ >= 0;
            case ']':
                return --square_ >= 0;
            default:
                return true;
        }
    }

private:
    int round_ = 0, square_ = 0;
};

template <std::size_t Count>
bool ends_with_extension(std::string_view url, const std::array<std::string_view, Count>& all) {
    const auto dot = url.rfind('.');
    if (dot == std::string_view::npos) return false;
    const auto tail = lower_of(url.substr(dot + 1));
    return std::find(all.begin(), all.end(), tail) != all.end();
}

std::string_view without_stops(std::string_view url) {
    const auto last = url.find_last_not_of(".,;:!?'*~");
    return url.substr(0, last == std::string_view::npos ? 0 : last + 1);
}

// "https://x/a.png后": the words behind a file's name are not part of it.
bool ends_a_file_name(std::string_view url) {
    const auto name = without_stops(url);
    return ends_with_extension(name, image_extensions) ||
           ends_with_extension(name, sound_extensions) ||
           ends_with_extension(name, film_extensions);
}

struct Reading {
    std::string url;  // without its scheme
    std::size_t end = 0;
};

Reading read_on(std::string_view text, std::size_t at, const Opening& opening, bool spaces) {
    Reading reading{.url = {}, .end = at};
    Brackets brackets;
    while (reading.url.size() < url_bytes_max) {
        if (spaces && reading.end < text.size() && text[reading.end] == ' ') {
            reading.url += "%20";
            ++reading.end;
            continue;
        }
        const auto piece = piece_at(text, reading.end, opening);
        if (!piece) break;
        if (!piece->escaped && !brackets.take(text, reading.end)) break;
        const bool foreign = static_cast<unsigned char>(piece->meant.front()) >= 0x80;
        if (foreign && opening.kind == Opening::Kind::words && ends_a_file_name(reading.url)) {
            break;
        }
        reading.url += piece->meant;
        reading.end += piece->written;
    }
    return reading;
}

// True when the construct around the URL closes right behind it.
bool is_closed(std::string_view text, std::size_t end, const Opening& opening) {
    if (end == text.size()) return false;
    switch (opening.kind) {
        case Opening::Kind::words:
            return false;
        case Opening::Kind::markdown:
            return text[end] == ')';
        case Opening::Kind::angle:
            return text[end] == '>';
        case Opening::Kind::quote:
            return text[end] == opening.quote;
    }
    return false;
}

// A destination with spaces in it, which Markdown does not allow and gateways write.
bool may_go_on(std::string_view text, std::size_t end, const Opening& opening) {
    const bool enclosed =
        opening.kind == Opening::Kind::markdown || opening.kind == Opening::Kind::angle;
    if (!enclosed || end == text.size() || text[end] != ' ') return false;
    const auto next = text.find_first_not_of(' ', end);
    return next != std::string_view::npos && "\"'()\r\n"sv.find(text[next]) == "\"'()\r\n"sv.npos;
}

void leave_stops(std::string_view text, std::size_t begin, Reading& reading) {
    const bool underlined = begin > 0 && text[begin - 1] == '_';
    while (!reading.url.empty() && reading.end > 0 && text[reading.end - 1] == reading.url.back()) {
        const char last = reading.url.back();
        const bool stop = ".,;:!?'*~"sv.find(last) != std::string_view::npos;
        if (!stop && !(underlined && last == '_')) break;
        reading.url.pop_back();
        --reading.end;
    }
}

bool begins_like_a_host(std::string_view url) {
    if (url.empty()) return false;
    const auto first = static_cast<unsigned char>(url.front());
    return is_ascii_alnum(url.front()) || first == '[' || first >= 0x80;
}

// No letter between the link and the ends of its lines: numbers and marks are those of a list.
bool stands_alone(std::string_view text, Span span) {
    auto begin = span.begin;
    while (begin > 0 && text[begin - 1] != '\n') {
        --begin;
        if ((static_cast<unsigned char>(text[begin]) & 0xC0) == 0x80) continue;
        if (is_letter(code_point_at(text, begin).value)) return false;
    }
    for (auto at = span.end; at < text.size() && text[at] != '\n';) {
        const auto point = code_point_at(text, at);
        if (is_letter(point.value)) return false;
        at += point.bytes;
    }
    return true;
}

struct Scheme {
    std::string_view name;  // with "://"
    Span written;
};

// The scheme whose colon is at `colon`; begins nowhere before `from`.
std::optional<Scheme> scheme_at(std::string_view text, std::size_t from, std::size_t colon) {
    std::size_t end = colon + 1;
    for (const auto slashes : {"//"sv, "\\/\\/"sv}) {
        if (text.substr(colon + 1).starts_with(slashes)) end = colon + 1 + slashes.size();
    }
    if (end == colon + 1) return std::nullopt;
    const auto before = text.substr(from, colon - from);
    for (const auto name : {"https://"sv, "http://"sv}) {
        const auto word = name.substr(0, name.size() - 3);
        if (!ends_folded(before, word)) continue;
        const auto begin = colon - word.size();
        if (begin > from && is_ascii_alnum(text[begin - 1])) return std::nullopt;
        return Scheme{.name = name, .written = {begin, end}};
    }
    return std::nullopt;
}

// `end` of the link itself.
std::optional<Link> link_at(std::string_view text, const Scheme& scheme, std::size_t& end) {
    const auto begin = scheme.written.begin;
    const auto opening = opening_before(text, begin);
    auto reading = read_on(text, scheme.written.end, opening, false);
    if (may_go_on(text, reading.end, opening)) {
        auto longer = read_on(text, scheme.written.end, opening, true);
        if (is_closed(text, longer.end, opening)) reading = std::move(longer);
    }
    if (!is_closed(text, reading.end, opening)) leave_stops(text, begin, reading);
    if (!begins_like_a_host(reading.url)) return std::nullopt;
    Link link;
    link.url = std::string(scheme.name) + reading.url;
    end = reading.end;
    link.frame = frame_of(text, {begin, end});
    link.alone = stands_alone(text, link.frame.span);
    return link;
}

bool names_a_file(std::string_view url, std::span<const std::string_view> extensions,
                  std::string_view type) {
    const auto authority = url.find("://");
    const auto path = authority == url.npos ? url.npos : url.find_first_of("/?", authority + 3);
    if (path == url.npos) return false;
    const auto folded = lower_of(url.substr(path, url.find('#', path) - path));
    for (auto dot = folded.find('.'); dot != folded.npos; dot = folded.find('.', dot + 1)) {
        const auto rest = std::string_view(folded).substr(dot + 1);
        for (const auto extension : extensions) {
            const bool ends =
                rest.size() == extension.size() ||
                (rest.size() > extension.size() && !is_ascii_alnum(rest[extension.size()]));
            if (ends && rest.starts_with(extension)) return true;
        }
    }
    const auto query = folded.find('?');
    if (query == folded.npos) return false;
    const auto rest = std::string_view(folded).substr(query);
    return rest.find(std::string(type) + "/") != rest.npos ||
           rest.find(std::string(type) + "%2f") != rest.npos;
}

}  // namespace

std::vector<Link> links_in(std::string_view text) {
    std::vector<Link> links;
    std::size_t done = 0;
    for (auto colon = text.find(':'); colon != std::string_view::npos;
         colon = text.find(':', std::max(done, colon + 1))) {
        const auto scheme = scheme_at(text, done, colon);
        auto link = scheme ? link_at(text, *scheme, done) : std::nullopt;
        if (!link) continue;
        links.push_back(std::move(*link));
        if (links.size() == limits::links_max) break;
    }
    return links;
}

std::string link_by_value(std::string_view value) {
    const auto begin = value.find_first_not_of(" \t\r\n");
    if (begin == value.npos || !starts_folded(value.substr(begin), "http")) return {};
    const auto links = links_in(value);
    return links.empty() || links.front().frame.span.begin > begin ? "" : links.front().url;
}

std::string path_by_value(std::string_view value) {
    constexpr std::size_t path_bytes_max = 2048;
    const bool path = value.size() > 1 && value.size() <= path_bytes_max && value[0] == '/' &&
                      value[1] != '/' && std::all_of(value.begin(), value.end(), [](char c) {
                          return static_cast<unsigned char>(c) >= 0x80 || !ends_a_url(c, {});
                      });
    return path ? std::string(value) : "";
}

bool names_an_image(std::string_view url) {
    return names_a_file(url, image_extensions, "image");
}

bool names_a_sound(std::string_view url) {
    return names_a_file(url, sound_extensions, "audio");
}

}  // namespace nightshift::jobs
