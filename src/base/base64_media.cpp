#include "base/base64_media.hpp"

#include "base/base64.hpp"

#include <algorithm>
#include <array>

namespace nightshift {
namespace {

constexpr std::string_view data_mark = ";base64,";

// First bytes of PNG, JPEG, GIF, RIFF (WebP, WAV), BMP, MP3, Ogg, FLAC, WebM, MP4 and AVIF.
constexpr std::array<std::string_view, 13> beginnings = {
    "iVBORw0KGgo", "/9j/",   "R0lGODdh", "R0lGODlh", "UklGR", "Qk",   "SUQz",
    "//",          "T2dnUw", "ZkxhQw",   "GkXfo",    "AAAA",  "AAAB",
};

bool begins_like_media(std::string_view digits) {
    const auto begins = [digits](std::string_view each) { return digits.starts_with(each); };
    if (digits.starts_with('\\')) return digits.starts_with("\\/");  // JPEG or MP3, escaped
    return std::any_of(beginnings.begin(), beginnings.end(), begins);
}

}  // namespace

std::size_t end_of_base64_media(std::string_view text, std::size_t at) {
    for (;;) {
        const auto run = text.substr(at, base64_run(text.substr(at)));
        const auto other = std::min(run.find('-'), run.find('_'));
        if (other != run.npos) return at + other;
        at += run.size();
        const auto rest = text.substr(at);
        const bool goes_on = rest.starts_with("\\/") || rest.starts_with("\\n") ||
                             rest.starts_with("\\r") || rest.starts_with("\r\n");
        if (goes_on) {
            at += 2;
        } else if (rest.starts_with('\n')) {
            at += 1;
        } else {
            return at;
        }
    }
}

std::optional<MediaRun> find_base64_media(std::string_view text, std::size_t from) {
    auto mark = text.find(data_mark, from);
    auto quote = from == 0 ? 0 : text.find('"', from);
    bool at_start = from == 0;
    for (;;) {
        const auto first = std::min(mark, quote);
        if (first == text.npos) return std::nullopt;
        const auto begin = first + (first == mark ? data_mark.size() : at_start ? 0 : 1);
        auto next = begin;
        if (begins_like_media(text.substr(begin))) {
            const auto end = end_of_base64_media(text, begin);
            if (end - begin >= media_digits_min) return MediaRun{begin, end};
            next = end;
        }
        if (mark < next) mark = text.find(data_mark, next);
        if (at_start || quote < next) quote = text.find('"', next);
        at_start = false;
    }
}

}  // namespace nightshift
