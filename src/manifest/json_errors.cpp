// Grammar: RFC 8259. Nothing recurses: the open brackets are kept in a string.

#include "manifest/json_errors.hpp"

#include "base/bounds.hpp"
#include "base/text/terminal_text.hpp"
#include "json/json_number.hpp"
#include "json/json_scan.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>

namespace nightshift {
namespace {

bool is_hex(std::string_view text) {
    return text.size() == 4 &&
           text.find_first_not_of("0123456789abcdefABCDEF") == std::string_view::npos;
}

// What an editor, a keyboard or a copying program puts between the parts of JSON, and cannot be
// seen or told from what belongs there.
struct Lookalike {
    std::string_view bytes, what, what_to_do;
};

constexpr std::array<Lookalike, 14> lookalikes = {{
    {"\xEF\xBB\xBF", "a byte order mark (U+FEFF), which cannot be seen",
     "remove it; every file that was joined with others may have one"},
    {"\xC2\xA0", "a no-break space (U+00A0)", "write a plain space"},
    {"\xE3\x80\x80", "an ideographic space (U+3000)", "write a plain space"},
    {"\xE2\x80\x8B", "a zero width space (U+200B), which cannot be seen", "remove it"},
    {"\xE2\x80\x8E", "a left-to-right mark (U+200E), which cannot be seen", "remove it"},
    {"\xE2\x80\xA8", "a line separator (U+2028)", "write a line feed or a plain space"},
    {"\xC2\x85", "a next-line character (U+0085)", "write a line feed or a plain space"},
    {"\x1A", "control-Z (0x1A), the end-of-file mark of DOS", "remove it"},
    {"\xE2\x80\x9C", "a curly quotation mark (U+201C)", "write a straight one (\")"},
    {"\xE2\x80\x9D", "a curly quotation mark (U+201D)", "write a straight one (\")"},
    {"\xEF\xBC\x8C", "a full-width comma (U+FF0C)", "write a plain one (,)"},
    {"\xEF\xBC\x9A", "a full-width colon (U+FF1A)", "write a plain one (:)"},
    {"\xEF\xBD\x9B", "a full-width bracket (U+FF5B)", "write a plain one ({)"},
    {"\xEF\xBD\x9D", "a full-width bracket (U+FF5D)", "write a plain one (})"},
}};

class Walk {
public:
    explicit Walk(std::string_view json) : json_(json) {}

    Diagnosis run() {
        while (result_.what.empty()) {
            at_ = skip_space(json_, at_);
            if (at_ >= json_.size()) {
                if (!done_)
                    stop("the line ends in the middle of the JSON text",
                         "look for a line feed inside, or a missing bracket");
                return result_;
            }
            step(json_[at_]);
        }
        return result_;
    }

private:
    enum class Want { value, value_or_end, key, key_or_end, colon, comma_or_end };

    void stop(std::string what, std::string what_to_do = {}) {
        result_ = {at_, std::move(what), std::move(what_to_do)};
    }

    void step(char c) {
        if (c == '\0') return stop("a NUL byte", "remove it");
        const auto* lookalike = std::find_if(
            lookalikes.begin(), lookalikes.end(),
            [this](const Lookalike& each) { return json_.substr(at_).starts_with(each.bytes); });
        if (lookalike != lookalikes.end()) {
            return stop(std::string(lookalike->what), std::string(lookalike->what_to_do));
        }
        if (c > '\0' && c < ' ') {
            return stop(fmt::format("a control character (0x{:02x})", static_cast<int>(c)),
                        "remove it");
        }
        if (done_) return stop("text after the JSON object", "write one object a line");
        switch (want_) {
            case Want::colon:
                if (c != ':') return stop("a ':' is missing after the key");
                ++at_;
                want_ = Want::value;
                return;
            case Want::comma_or_end:
                if (c == ',') {
                    ++at_;
                    want_ = open_.back() == '{' ? Want::key : Want::value;
                    return;
                }
                if (close(c)) return;
                return stop(
                    fmt::format("a ',' or '{}' is missing here", open_.back() == '{' ? '}' : ']'));
            case Want::key:
            case Want::key_or_end:
                if (want_ == Want::key_or_end && close(c)) return;
                if (c == '"' && string()) want_ = Want::colon;
                if (c != '"')
                    stop("a key in double quotes is missing here",
                         c == '}' ? "remove the comma before it" : "");
                return;
            default:
                if (want_ == Want::value_or_end && close(c)) return;
                value(c);
        }
    }

    bool close(char c) {
        if (open_.empty() || c != (open_.back() == '{' ? '}' : ']')) return false;
        open_.pop_back();
        ++at_;
        after_value();
        return true;
    }

    void after_value() {
        done_ = open_.empty();
        want_ = Want::comma_or_end;
    }

    void value(char c) {
        if (c == '{' || c == '[') {
            if (open_.size() >= static_cast<std::size_t>(limits::json_depth)) {
                return stop(fmt::format("the JSON is nested deeper than {}", limits::json_depth),
                            "make it flatter");
            }
            open_ += c;
            ++at_;
            want_ = c == '{' ? Want::key_or_end : Want::value_or_end;
            return;
        }
        if (c == '"') {
            if (string()) after_value();
            return;
        }
        for (const std::string_view word : {"true", "false", "null"}) {
            if (json_.substr(at_, word.size()) == word) {
                at_ += word.size();
                return after_value();
            }
        }
        const std::size_t end = skip_json_number(json_, at_);
        if (end == at_ || (end < json_.size() && std::string_view("0123456789.").find(json_[end]) !=
                                                     std::string_view::npos)) {
            return stop("not valid JSON",
                        open_.empty() ? "each line must be one object, such as {\"id\": ...}"
                        : c == '\''   ? "write texts in double quotes"
                                      : "JSON knows texts in double quotes, numbers, true, false, "
                                        "null");
        }
        at_ = end;
        after_value();
    }

    // The string at at_; false when it is bad.
    bool string() {
        const std::size_t begin = at_++;
        while (at_ < json_.size()) {
            const auto c = static_cast<unsigned char>(json_[at_]);
            if (c == '"') return ++at_, true;
            if (c == 0) return stop("a NUL byte", "remove it"), false;
            if (c < 0x20) {
                stop(fmt::format("a raw control character (0x{:02x}) inside a text", c),
                     fmt::format("write it as \\u{:04x}", c));
                return false;
            }
            if (c == '\\' && !escape()) return false;
            if (c == '\\') continue;
            const std::size_t length = c < 0x80 ? 1 : utf8_length(json_.substr(at_));
            if (length == 0) {
                stop(fmt::format("the byte 0x{:02x} is no UTF-8", c),
                     "save the file as UTF-8 (is it Latin-1 or GBK? iconv converts it)");
                return false;
            }
            at_ += length;
        }
        at_ = begin;
        stop("a text that begins here is not closed", "look for a missing double quote");
        return false;
    }

    bool escape() {
        const char c = at_ + 1 < json_.size() ? json_[at_ + 1] : '\0';
        if (c != 'u') {
            if (c != '\0' && std::string_view("\"\\/bfnrt").find(c) != std::string_view::npos) {
                at_ += 2;
                return true;
            }
            return stop("a backslash with nothing to escape", "write it as \\\\"), false;
        }
        if (!is_hex(json_.substr(at_ + 2, 4))) {
            return stop("\\u without four hexadecimal digits", "write \\uXXXX"), false;
        }
        const auto half = [this](std::size_t at) {
            unsigned value = 0;
            std::from_chars(json_.data() + at, json_.data() + at + 4, value, 16);
            return value;
        };
        const unsigned code = half(at_ + 2);
        if (code < 0xD800 || code > 0xDFFF) return at_ += 6, true;
        const bool pair = code < 0xDC00 && json_.substr(at_ + 6, 2) == "\\u" &&
                          is_hex(json_.substr(at_ + 8, 4)) && half(at_ + 8) >= 0xDC00 &&
                          half(at_ + 8) <= 0xDFFF;
        if (pair) return at_ += 12, true;
        stop("unpaired surrogate", "write both halves, or none");
        return false;
    }

    std::string_view json_;
    std::size_t at_ = 0;
    std::string open_;
    Want want_ = Want::value;
    bool done_ = false;
    Diagnosis result_;
};

}  // namespace

Diagnosis diagnose_json(std::string_view text) {
    return Walk(text).run();
}

}  // namespace nightshift
