#include "jobs/media/markup.hpp"

#include "base/text/ascii.hpp"

#include <algorithm>
#include <array>
#include <optional>

namespace nightshift::jobs {
namespace {

constexpr std::size_t look_bytes = 8192;  // for the other end of a construct; a prompt may be in it
constexpr std::size_t frames_max = 8;     // around each other
constexpr auto npos = std::string_view::npos;

bool is_blank_char(char c) {
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

std::size_t skip_blanks(std::string_view text, std::size_t at) {
    while (at < text.size() && is_blank_char(text[at])) ++at;
    return at;
}

std::size_t skip_blanks_back(std::string_view text, std::size_t at) {
    while (at > 0 && is_blank_char(text[at - 1])) --at;
    return at;
}

// Where the tag begins that `at` is inside of.
std::optional<std::size_t> tag_before(std::string_view text, std::size_t at) {
    const auto from = at - std::min(at, look_bytes);
    const auto near = text.substr(from, at - from);
    const auto open = near.rfind('<');
    if (open == npos || near.find('>', open) != npos) return std::nullopt;
    return from + open;
}

// True when an attribute's value begins at `at`, with its quote before it or without.
bool is_attribute(std::string_view text, std::size_t at) {
    if (at > 0 && (text[at - 1] == '"' || text[at - 1] == '\'')) --at;
    at = skip_blanks_back(text, at);
    return at > 0 && text[at - 1] == '=';
}

std::optional<Frame> html_frame(std::string_view text, Span inner) {
    if (!is_attribute(text, inner.begin)) return std::nullopt;
    const auto tag = tag_before(text, inner.begin);
    if (!tag) return std::nullopt;
    const auto close = text.substr(0, inner.end + look_bytes).find('>', inner.end);
    Frame frame{.span = {*tag, close == npos ? inner.end : close + 1}, .markup = Markup::link};
    for (const std::string_view name : {"<img", "<image", "<source"}) {
        if (starts_folded(text.substr(*tag), name)) frame.markup = Markup::image;
    }
    return frame;
}

// Where the "[" stands that the "]" at `close` belongs to.
std::optional<std::size_t> bracket_before(std::string_view text, std::size_t close) {
    int depth = 0;
    for (auto at = close + 1; at > 0 && close - at + 1 < look_bytes; --at) {
        const char c = text[at - 1];
        if (c == ']') ++depth;
        if (c == '[' && --depth == 0) return at - 1;
    }
    return std::nullopt;
}

// Behind the ")" that closes a destination which ends at `at`, maybe after a title.
std::optional<std::size_t> markdown_close(std::string_view text, std::size_t at) {
    at = skip_blanks(text, at);
    if (at == text.size()) return std::nullopt;
    constexpr std::string_view opens = "\"'(", closes = "\"')";
    if (const auto kind = opens.find(text[at]); kind != npos) {
        const auto title = text.substr(0, at + look_bytes).find(closes[kind], at + 1);
        if (title == npos) return std::nullopt;
        at = skip_blanks(text, title + 1);
    }
    if (at >= text.size() || text[at] != ')') return std::nullopt;
    return at + 1;
}

std::optional<Frame> markdown_frame(std::string_view text, Span inner) {
    const auto open = skip_blanks_back(text, inner.begin);
    if (open < 2 || text.substr(open - 2, 2) != "](") return std::nullopt;
    const auto bracket = bracket_before(text, open - 2);
    if (!bracket) return std::nullopt;
    const auto close = markdown_close(text, inner.end);
    const bool image = *bracket > 0 && text[*bracket - 1] == '!';
    return Frame{.span = {image ? *bracket - 1 : *bracket, close.value_or(inner.end)},
                 .markup = image ? Markup::image : Markup::link};
}

std::optional<Frame> bbcode_frame(std::string_view text, Span inner) {
    constexpr std::string_view open = "[img]", close = "[/img]";
    if (!ends_folded(text.substr(0, inner.begin), open)) return std::nullopt;
    const bool closed = starts_folded(text.substr(inner.end), close);
    return Frame{.span = {inner.begin - open.size(), inner.end + (closed ? close.size() : 0)},
                 .markup = Markup::image};
}

// "```word" on the line before and "```" on the line behind.
std::optional<Frame> fence_frame(std::string_view text, Span inner) {
    constexpr std::string_view fence = "```";
    const auto before = skip_blanks_back(text, inner.begin);
    const auto line = text.substr(0, before).rfind('\n');
    const auto begin = line == npos ? 0 : line + 1;
    const bool opened = before < inner.begin && before - begin < 40 &&
                        text.substr(begin, before - begin).starts_with(fence);
    const auto behind = skip_blanks(text, inner.end);
    if (!opened || !text.substr(behind).starts_with(fence)) return std::nullopt;
    return Frame{.span = {begin, behind + fence.size()}, .markup = Markup::none};
}

struct Pair {
    std::string_view open, close;
};

constexpr std::array<Pair, 24> pairs = {{
    {"\\\"", "\\\""}, {"\"", "\""}, {"'", "'"},   {"`", "`"},   {"*", "*"},   {"_", "_"},
    {"~", "~"},       {"(", ")"},   {"[", "]"},   {"<", ">"},   {"{", "}"},   {"|", "|"},
    {"“", "”"},       {"‘", "’"},   {"「", "」"}, {"『", "』"}, {"《", "》"}, {"〈", "〉"},
    {"（", "）"},     {"［", "］"}, {"【", "】"}, {"〔", "〕"}, {"«", "»"},   {"‹", "›"},
}};

std::optional<Frame> pair_frame(std::string_view text, Span inner) {
    for (const auto& pair : pairs) {
        const bool around = text.substr(0, inner.begin).ends_with(pair.open) &&
                            text.substr(inner.end).starts_with(pair.close);
        if (!around) continue;
        return Frame{.span = {inner.begin - pair.open.size(), inner.end + pair.close.size()},
                     .markup = Markup::none};
    }
    return std::nullopt;
}

}  // namespace

Frame frame_of(std::string_view text, Span inner) {
    Frame frame{.span = inner, .markup = Markup::none};
    for (std::size_t count = 0; count < frames_max; ++count) {
        std::optional<Frame> next;
        for (const auto find :
             {html_frame, markdown_frame, bbcode_frame, fence_frame, pair_frame}) {
            if (next = find(text, frame.span); next) break;
        }
        if (!next) break;
        frame.span = next->span;
        if (next->markup == Markup::none) continue;
        frame.markup = next->markup;
        break;  // what stands around that is the text's own
    }
    return frame;
}

Opening opening_before(std::string_view text, std::size_t at) {
    Opening opening;
    if (at == 0) return opening;
    const char before = text[at - 1];
    opening.in_tag = is_attribute(text, at) && tag_before(text, at);
    if (before == '"' || before == '\'') {
        opening.kind = Opening::Kind::quote;
        opening.quote = before;
    } else if (before == '<') {
        opening.kind = Opening::Kind::angle;
    } else if (text.substr(0, skip_blanks_back(text, at)).ends_with("](")) {
        opening.kind = Opening::Kind::markdown;
    }
    return opening;
}

}  // namespace nightshift::jobs
