#include "json/json_repair.hpp"

#include "base/bounds.hpp"
#include "base/text/terminal_text.hpp"
#include "json/json_number.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <bitset>
#include <cctype>
#include <charconv>
#include <vector>

namespace nightshift {
namespace {

// A mark is the noncharacter U+FDD0, which no text may hold, and four hexadecimal digits: a half
// of a surrogate pair, or a byte.
constexpr std::string_view torn_mark = "\xEF\xB7\x90";
constexpr std::size_t mark_bytes = torn_mark.size() + 4;
constexpr std::size_t number_bytes_max = 64 * 1024;  // nothing that is read has more digits
constexpr std::string_view replacement = "\xEF\xBF\xBD";

std::optional<unsigned> hex4_at(std::string_view text, std::size_t at) {
    if (at + 4 > text.size()) return std::nullopt;
    unsigned value = 0;
    const auto* end = text.data() + at + 4;
    const auto [after, error] = std::from_chars(text.data() + at, end, value, 16);
    if (error != std::errc() || after != end) return std::nullopt;
    return value;
}

bool is_high_half(unsigned code) {
    return code >= 0xD800 && code < 0xDC00;
}

bool is_low_half(unsigned code) {
    return code >= 0xDC00 && code < 0xE000;
}

std::string pair_of(unsigned high, unsigned low) {
    const unsigned code = 0x10000 + ((high - 0xD800) << 10) + (low - 0xDC00);
    std::string out;
    for (const unsigned shift : {18u, 12u, 6u, 0u}) {
        const unsigned lead = shift == 18 ? 0xF0 : 0x80;
        const unsigned bits = shift == 18 ? 0x07 : 0x3F;
        out += static_cast<char>(lead | ((code >> shift) & bits));
    }
    return out;
}

// The code of the mark at `at`.
std::optional<unsigned> mark_at(std::string_view text, std::size_t at) {
    if (text.substr(at, torn_mark.size()) != torn_mark) return std::nullopt;
    const auto code = hex4_at(text, at + torn_mark.size());
    const bool torn =
        code && ((*code >= 0x80 && *code < 0x100) || is_high_half(*code) || is_low_half(*code));
    return torn ? code : std::nullopt;
}

// Marks that stood side by side.
std::string joined(const std::vector<unsigned>& codes) {
    std::string bytes, out;
    auto flush = [&bytes, &out] {
        out += valid_utf8(bytes);
        bytes.clear();
    };
    for (std::size_t i = 0; i < codes.size(); ++i) {
        if (codes[i] < 0x100) {
            bytes += static_cast<char>(codes[i]);
            continue;
        }
        flush();
        const bool pair =
            is_high_half(codes[i]) && i + 1 < codes.size() && is_low_half(codes[i + 1]);
        out += pair ? pair_of(codes[i], codes[i + 1]) : std::string(replacement);
        if (pair) ++i;
    }
    flush();
    return out;
}

// Bare words that mean a value, in any letter case, with or without a sign.
struct Word {
    std::string_view word;  // lower case
    std::string_view value;
};

constexpr std::array<Word, 9> words = {{{"true", "true"},
                                        {"false", "false"},
                                        {"null", "null"},
                                        {"none", "null"},
                                        {"nil", "null"},
                                        {"undefined", "null"},
                                        {"nan", "null"},
                                        {"inf", "null"},
                                        {"infinity", "null"}}};

// What a bare word or number is written as; empty when it is neither.
std::string value_of_bare(std::string_view bare) {
    if (bare.size() > number_bytes_max) return "null";
    if (skip_json_number(bare, 0) == bare.size()) {
        return is_huge_number(bare) ? fmt::format("\"{}\"", bare) : std::string(bare);
    }
    const bool has_sign = bare.front() == '-' || bare.front() == '+';
    std::string folded(bare.substr(has_sign ? 1 : 0));
    std::transform(folded.begin(), folded.end(), folded.begin(),
                   [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
    for (const auto& each : words) {
        if (each.word == folded) return std::string(each.value);
    }
    const auto first = folded.substr(folded.starts_with('.') ? 1 : 0, 1);
    const bool like_a_number = first >= "0" && first <= "9";
    return like_a_number ? "null" : "";  // 007, .5, 0x1F
}

// White space of other character sets that has been pasted or padded with: no-break and
// ideographic spaces, byte order marks.
constexpr std::array<std::string_view, 3> wide_blanks = {"\xC2\xA0", "\xE3\x80\x80",
                                                         "\xEF\xBB\xBF"};

class Repair {
public:
    Repair(std::string_view text, TornCharacters torn) : in_(text), torn_(torn) {}
    std::optional<RepairedJson> run();

private:
    enum class Wanted { value, key, colon, comma };

    bool step();
    bool take_value();
    bool open(char bracket);
    bool close(char bracket);
    bool take_bare();
    bool take_string();
    bool take_escape();
    void take_wild();
    void skip_blanks();
    void mark(unsigned code);
    bool in_object() const { return depth_ > 0 && is_object_[depth_ - 1]; }

    std::string_view in_;
    TornCharacters torn_;
    std::string out_;
    std::size_t at_ = 0;
    std::size_t depth_ = 0;
    std::bitset<limits::json_depth> is_object_;
    Wanted wanted_ = Wanted::value;
    bool has_marks_ = false;
};

std::optional<RepairedJson> Repair::run() {
    do {
        skip_blanks();
        if (at_ == in_.size() || !step()) return std::nullopt;
    } while (depth_ > 0);
    if (has_marks_ && torn_ == TornCharacters::replaced) out_ = join_torn_characters(out_);
    return RepairedJson{std::move(out_), at_};
}

bool Repair::step() {
    const char c = in_[at_];
    switch (wanted_) {
        case Wanted::value:
            return take_value();
        case Wanted::key:
            if (c == '}') return close(c);
            wanted_ = Wanted::colon;
            return c == '"' && take_string();
        case Wanted::colon:
            out_ += ':';
            ++at_;
            wanted_ = Wanted::value;
            return c == ':';
        case Wanted::comma:
            break;
    }
    if (c != ',') return close(c);
    out_ += c;
    ++at_;
    wanted_ = in_object() ? Wanted::key : Wanted::value;
    return true;
}

bool Repair::take_value() {
    const char c = in_[at_];
    if (c == '{' || c == '[') return open(c);
    if (depth_ == 0) return false;
    if (c == ']') return !in_object() && close(c);
    wanted_ = Wanted::comma;
    return c == '"' ? take_string() : take_bare();
}

bool Repair::open(char bracket) {
    if (depth_ == is_object_.size()) return false;
    is_object_[depth_++] = bracket == '{';
    wanted_ = bracket == '{' ? Wanted::key : Wanted::value;
    out_ += bracket;
    ++at_;
    return true;
}

bool Repair::close(char bracket) {
    if (depth_ == 0 || bracket != (in_object() ? '}' : ']')) return false;
    if (out_.back() == ',') out_.pop_back();
    --depth_;
    wanted_ = Wanted::comma;
    out_ += bracket;
    ++at_;
    return true;
}

bool Repair::take_bare() {
    const auto rest = in_.substr(at_);
    const auto belongs = [](unsigned char c) {
        return std::isalnum(c) != 0 || c == '+' || c == '-' || c == '.';
    };
    const auto end = std::find_if_not(rest.begin(), rest.end(), belongs) - rest.begin();
    const auto bare = rest.substr(0, static_cast<std::size_t>(end));
    if (bare.empty()) return false;
    const auto value = value_of_bare(bare);
    out_ += value;
    at_ += bare.size();
    return !value.empty();
}

bool Repair::take_string() {
    out_ += in_[at_++];
    while (at_ < in_.size()) {
        const auto is_plain = [](unsigned char c) {
            return c >= 0x20 && c < 0x80 && c != '"' && c != '\\';
        };
        const auto rest = in_.substr(at_);
        const auto plain = std::find_if_not(rest.begin(), rest.end(), is_plain) - rest.begin();
        out_.append(rest, 0, static_cast<std::size_t>(plain));
        at_ += static_cast<std::size_t>(plain);
        if (at_ == in_.size()) return false;
        if (in_[at_] == '"') {
            out_ += in_[at_++];
            return true;
        }
        if (in_[at_] != '\\') {
            take_wild();
        } else if (!take_escape()) {
            return false;
        }
    }
    return false;
}

bool Repair::take_escape() {
    if (at_ + 1 == in_.size()) return false;
    const char c = in_[at_ + 1];
    const auto code = c == 'u' ? hex4_at(in_, at_ + 2) : std::nullopt;
    if (code && (is_high_half(*code) || is_low_half(*code))) {
        mark(*code);
        at_ += 6;
    } else if (code || std::string_view("\"\\/bfnrt").find(c) != std::string_view::npos) {
        out_ += in_.substr(at_, code ? 6 : 2);
        at_ += code ? 6 : 2;
    } else if (c == '\'') {
        out_ += c;
        at_ += 2;
    } else {
        out_ += "\\\\";  // a Windows path, most likely
        ++at_;
    }
    return true;
}

// A control character, or a byte beyond ASCII.
void Repair::take_wild() {
    const auto rest = in_.substr(at_);
    const auto byte = static_cast<unsigned char>(rest.front());
    const auto length = utf8_length(rest);
    if (byte < 0x20) {
        const auto short_form = std::string_view("\nn\rr\tt").find(rest.front());
        out_ += short_form == std::string_view::npos
                    ? fmt::format("\\u{:04x}", byte)
                    : fmt::format("\\{}", "\nn\rr\tt"[short_form + 1]);
    } else if (rest.starts_with(torn_mark)) {
        out_ += replacement;
    } else if (length > 0) {
        out_ += rest.substr(0, length);
    } else if (byte == 0xED && rest.size() > 2 && (rest[1] & 0xE0) == 0xA0 &&
               (rest[2] & 0xC0) == 0x80) {
        mark(0xD000u | ((static_cast<unsigned>(rest[1]) & 0x3Fu) << 6) |
             (static_cast<unsigned>(rest[2]) & 0x3Fu));  // CESU-8: halves as bytes
        at_ += 2;
    } else {
        mark(byte);
    }
    at_ += std::max<std::size_t>(length, 1);
}

void Repair::skip_blanks() {
    while (at_ < in_.size()) {
        const auto rest = in_.substr(at_);
        const auto wide = std::find_if(wide_blanks.begin(), wide_blanks.end(),
                                       [rest](std::string_view b) { return rest.starts_with(b); });
        if (wide != wide_blanks.end()) {
            at_ += wide->size();
        } else if (std::string_view(" \t\r\n\v\f").find(rest.front()) != std::string_view::npos) {
            ++at_;
        } else {
            return;
        }
    }
}

void Repair::mark(unsigned code) {
    out_ += torn_mark;
    out_ += fmt::format("{:04x}", code);
    has_marks_ = true;
}

}  // namespace

std::optional<RepairedJson> repair_json(std::string_view text, TornCharacters torn) {
    return Repair(text, torn).run();
}

std::string join_torn_characters(std::string text) {
    auto at = text.find(torn_mark);
    if (at == std::string::npos) return text;
    std::string out;
    std::size_t done = 0;
    while (at != std::string::npos) {
        std::vector<unsigned> codes;
        const auto begin = at;
        while (const auto code = mark_at(text, at)) {
            codes.push_back(*code);
            at += mark_bytes;
        }
        if (codes.empty()) {
            at = text.find(torn_mark, at + torn_mark.size());
            continue;
        }
        out.append(text, done, begin - done);
        out += joined(codes);
        done = at;
        at = text.find(torn_mark, at);
    }
    return out.append(text, done);
}

}  // namespace nightshift
