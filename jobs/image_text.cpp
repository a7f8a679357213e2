#include "jobs/image_text.hpp"

#include "core/base64.hpp"
#include "jobs/lifted.hpp"

#include <algorithm>
#include <cctype>
#include <optional>

namespace nightshift::jobs {
namespace {

constexpr std::string_view data_start = "data:image/";
constexpr std::string_view data_mark = ";base64,";
constexpr std::string_view link_start = "](http";
constexpr std::size_t data_head_bytes = 100;  // media type and parameters before the mark
constexpr std::size_t wrap_columns = 60;      // base64 is broken after 64 or 76 characters

struct Span {
    std::size_t begin = 0, end = 0;
};

bool is_space(char c) {
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

std::size_t run_end(std::string_view text, std::size_t from) {
    return from + base64_run(text.substr(std::min(from, text.size())));
}

// End of a bare run that may be broken into lines. Prose on the next line is no part of it.
std::size_t wrapped_end(std::string_view text, std::size_t from) {
    while (true) {
        const auto end = run_end(text, from);
        auto next = end;
        while (next < text.size() && (text[next] == '\r' || text[next] == '\n')) ++next;
        if (next == end || end - from < wrap_columns) return end;
        const auto next_end = run_end(text, next);
        const bool whole_line =
            next_end == text.size() || text[next_end] == '\r' || text[next_end] == '\n';
        if (next_end == next || !whole_line) return end;
        from = next;
    }
}

// "![alt](" right before `at`: the whole construct begins there.
std::optional<std::size_t> markdown_begin(std::string_view text, std::size_t at) {
    if (at < 2 || text.substr(at - 2, 2) != "](") return std::nullopt;
    const auto begin = text.substr(0, at - 2).rfind("![");
    if (begin == std::string_view::npos) return std::nullopt;
    return begin;
}

// Takes every data URL; leaves the rest of the text.
std::string take_data_urls(std::string_view text, std::vector<Image>& images) {
    std::string rest;
    std::size_t done = 0;
    for (auto at = text.find(data_start); at != std::string_view::npos;
         at = text.find(data_start, at)) {
        const auto mark = text.substr(at, data_head_bytes).find(data_mark);
        if (mark == std::string_view::npos) {
            at += data_start.size();
            continue;
        }
        const auto payload = at + mark + data_mark.size();
        auto span = Span{at, wrapped_end(text, payload)};
        auto payload_end = span.end;
        const auto markdown = markdown_begin(text, at);
        if (markdown && *markdown >= done) {
            const auto close = std::min(text.find(')', payload), text.size());
            payload_end = close;
            span = {*markdown, std::min(close + 1, text.size())};
        }
        images.push_back(image_by_value(text.substr(payload, payload_end - payload)));
        rest += text.substr(done, span.begin - done);
        done = at = span.end;
    }
    rest += text.substr(done);
    return rest;
}

bool is_link(std::string_view text) {
    return text.starts_with("http://") || text.starts_with("https://");
}

// Takes every "![alt](http...)"; leaves the rest of the text.
std::string take_markdown_links(std::string_view text, std::vector<Image>& images) {
    std::string rest;
    std::size_t done = 0;
    for (auto at = text.find(link_start); at != std::string_view::npos;
         at = text.find(link_start, at)) {
        const auto begin = markdown_begin(text, at + 2);
        const auto close = text.find(')', at);
        if (!begin || *begin < done || close == std::string_view::npos) {
            at += 2;
            continue;
        }
        auto url = text.substr(at + 2, close - at - 2);
        url = url.substr(0, url.find(' '));  // a title may follow
        if (is_link(url)) images.push_back({.bytes = {}, .lifted = 0, .url = std::string(url)});
        rest += text.substr(done, *begin - done);
        done = at = close + 1;
    }
    rest += text.substr(done);
    return rest;
}

bool names_an_image(std::string_view url) {
    std::string path(url.substr(0, url.find_first_of("?#")));
    std::transform(path.begin(), path.end(), path.begin(),
                   [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    for (const std::string_view end : {".png", ".jpg", ".jpeg", ".webp", ".gif"}) {
        if (path.ends_with(end)) return true;
    }
    return false;
}

// Takes links that stand alone on their line or end like an image file.
std::string take_bare_links(std::string_view text, std::vector<Image>& images) {
    std::string rest;
    for (std::size_t at = 0; at < text.size();) {
        const bool word_start = at == 0 || is_space(text[at - 1]);
        if (!word_start || !is_link(text.substr(at))) {
            rest += text[at++];
            continue;
        }
        const auto end = std::min(text.find_first_of(" \t\r\n<>\"'", at), text.size());
        const auto url = text.substr(at, end - at);
        const bool alone = (at == 0 || text[at - 1] == '\n') &&
                           (end == text.size() || text[end] == '\n' || text[end] == '\r');
        if (alone || names_an_image(url)) {
            images.push_back({.bytes = {}, .lifted = 0, .url = std::string(url)});
        } else {
            rest += url;
        }
        at = end;
    }
    return rest;
}

}  // namespace

Image image_by_value(std::string_view base64) {
    const auto data = base64_in(base64);
    if (const auto lifted = data ? lifted_by(*data) : std::nullopt) {
        return {.bytes = {}, .lifted = lifted->index, .url = {}};
    }
    return {.bytes = decode_base64(base64).value_or(""), .lifted = 0, .url = {}};
}

ImageText images_in(std::string_view text) {
    ImageText found;
    auto rest = take_data_urls(text, found.images);
    rest = take_markdown_links(rest, found.images);
    if (found.images.empty()) rest = take_bare_links(rest, found.images);
    if (found.images.empty()) {
        const auto whole = trimmed(rest);
        auto image = image_by_value(whole);
        if (image.lifted > 0 || has_image_magic(image.bytes)) {
            found.images.push_back(std::move(image));
            rest.clear();
        }
    }
    found.caption = trimmed(rest);
    return found;
}

bool has_image_magic(std::string_view bytes) {
    for (const std::string_view magic : {"\x89PNG\r\n", "\xFF\xD8\xFF", "GIF8", "BM"}) {
        if (bytes.starts_with(magic)) return true;
    }
    if (bytes.size() < 12) return false;
    return (bytes.starts_with("RIFF") && bytes.substr(8, 4) == "WEBP") ||
           bytes.substr(4, 8) == "ftypavif";
}

std::string_view trimmed(std::string_view text) {
    while (!text.empty() && is_space(text.front())) text.remove_prefix(1);
    while (!text.empty() && is_space(text.back())) text.remove_suffix(1);
    return text;
}

}  // namespace nightshift::jobs
