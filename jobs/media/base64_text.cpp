#include "jobs/media/base64_text.hpp"

#include "base/base64.hpp"
#include "base/text/ascii.hpp"
#include "files/media/media.hpp"

#include <algorithm>
#include <array>

namespace nightshift::jobs {
namespace {

constexpr std::size_t wrap_columns_min = 40;  // base64 is broken after 64 or 76 characters
constexpr std::size_t magic_digits = 48;
constexpr auto npos = std::string_view::npos;

// A digit, "=" or line break that is written as an escape, or '\0'; `length` of the escape.
char escaped_at(std::string_view text, std::size_t at, std::size_t& length) {
    const auto rest = text.substr(at, 6);
    if (rest.size() < 2) return '\0';
    auto hex = [&rest](std::size_t from) {
        const int high = hex_value(rest[from]), low = hex_value(rest[from + 1]);
        return high < 0 || low < 0 ? '\0' : static_cast<char>(high * 16 + low);
    };
    char meant = '\0';
    if (rest[0] == '%' && rest.size() >= 3) {
        length = 3;
        meant = hex(1);
    } else if (rest[0] == '\\') {
        length = 2;
        if (rest[1] == '/') meant = '/';
        if (rest[1] == 'n' || rest[1] == 'r') meant = '\n';
        if (rest[1] == 'u' && rest.size() == 6 && rest.substr(2, 2) == "00") {
            length = 6;
            meant = hex(4);
        }
    }
    if (meant == '\r') meant = '\n';
    const bool fits = meant == '\n' || (meant != '\0' && base64_run({&meant, 1}) == 1);
    return fits ? meant : '\0';
}

// Behind the line breaks at `at`; `at` when there is none.
std::size_t skip_breaks(std::string_view text, std::size_t at) {
    bool any = false;
    auto next = at;
    while (next < text.size()) {
        std::size_t length = 1;
        const char c = text[next];
        const bool is_break = c == '\r' || c == '\n' || escaped_at(text, next, length) == '\n';
        if (!is_break && !(any && (c == ' ' || c == '\t'))) break;
        any = true;
        next += is_break && c != '\r' && c != '\n' ? length : 1;
    }
    return any ? next : at;
}

// True where nothing but digits stands on the line, up to a mark that may close the whole.
bool ends_a_line(std::string_view text, std::size_t at) {
    return at == text.size() || skip_breaks(text, at) > at ||
           std::string_view(")\"'`<\\").find(text[at]) != npos;
}

}  // namespace

Base64Text::Base64Text(std::string_view text, std::size_t begin) : begin_(begin) {
    auto at = begin;
    while (true) {
        const auto before = digits_.size();
        const auto end = read_line(text, at);
        const auto count = digits_.size() - before;
        const bool fits = lines_.empty() || count <= lines_[0].digits;
        if ((count == 0 && !padded_) || !fits) {
            digits_.resize(before);
            return;
        }
        ragged_ = !lines_.empty() && !padded_ && !ends_a_line(text, end);
        lines_.push_back({.end = end, .digits = digits_.size()});
        const auto next = skip_breaks(text, end);
        const bool joins = next > end && !padded_ && lines_[0].digits >= wrap_columns_min;
        if (!joins || begins_like_base64_of_an_image(text.substr(next))) return;
        at = next;
    }
}

// Adds the digits of one line and returns where they end, behind their padding.
std::size_t Base64Text::read_line(std::string_view text, std::size_t at) {
    while (at < text.size()) {
        auto run = text.substr(at, base64_run(text.substr(at)));
        const auto padding = run.find('=');
        const bool ends = padding != npos;
        if (ends) run = run.substr(0, padding);
        digits_ += run;
        at += run.size();
        std::size_t length = 0;
        const char escaped = ends ? '\0' : escaped_at(text, at, length);
        if (ends || escaped == '=') {
            padded_ = true;
            for (int count = 0; count < 2 && at < text.size(); ++count) {
                const bool plain = text[at] == '=';
                if (!plain && escaped_at(text, at, length) != '=') break;
                at += plain ? 1 : length;
            }
            return at;
        }
        if (escaped == '\0' || escaped == '\n') return at;
        digits_ += escaped;
        at += length;
    }
    return at;
}

std::string Base64Text::bytes(std::size_t lines) const {
    auto count = lines == 0 ? 0 : lines_[lines - 1].digits;
    if (count % 4 == 1) --count;
    return decode_base64(std::string_view(digits_).substr(0, count)).value_or("");
}

bool begins_like_base64_of_an_image(std::string_view text) {
    constexpr std::array<std::string_view, 6> starts = {"iVBOR",  "/9j/",  "_9j_",
                                                        "R0lGOD", "UklGR", "\\/9j\\/"};
    const bool known = std::any_of(starts.begin(), starts.end(), [&text](std::string_view start) {
        return text.starts_with(start);
    });
    if (!known) return false;
    std::string digits;
    for (std::size_t at = 0; at < text.size() && digits.size() < magic_digits;) {
        std::size_t length = 1;
        const bool plain = base64_run(text.substr(at, 1)) == 1 && text[at] != '=';
        const char c = plain ? text[at] : escaped_at(text, at, length);
        if (c == '\0' || c == '\n' || c == '=') break;
        digits += c;
        at += length;
    }
    if (digits.size() % 4 == 1) digits.pop_back();
    const auto head = decode_base64(digits);
    return head && is_image(format_of(*head));
}

}  // namespace nightshift::jobs
