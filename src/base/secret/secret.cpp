#include "base/secret/secret.hpp"

#include "base/base64_media.hpp"
#include "base/secret/secret_forms.hpp"
#include "base/text/escape.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>
#include <optional>
#include <utility>

namespace nightshift {
namespace {

constexpr std::size_t secret_bytes_min = 8;
constexpr std::size_t part_bytes_min = 16;  // beyond the public prefix
constexpr std::size_t gram_bytes = 8;
constexpr std::size_t grams_alike_max = 8;  // of a secret that repeats itself
constexpr std::string_view mark = "[key]";

// Of what a stream has handed on: to see what a match stands behind.
constexpr std::size_t context_bytes = 32;
constexpr std::size_t beginning_bytes = 64;      // that show whether a body is text
constexpr std::size_t pending_bytes = 1u << 18;  // more is not kept back, whatever it may be

std::uint64_t gram_at(std::string_view text, std::size_t at) {
    constexpr std::uint64_t either_case = 0x2020202020202020;
    std::uint64_t gram = 0;
    std::memcpy(&gram, text.data() + at, gram_bytes);
    return gram | either_case;
}

bool is_in(std::string_view marks, char c) {
    return marks.find(c) != marks.npos;
}

bool equals(char c, char of_form, bool any_case) {
    return c == of_form || (any_case && lower_case(c) == of_form);
}

// True when more of base64 that ends at `end` may come: a line break, maybe in JSON, is part of it.
bool may_go_on(std::string_view text, std::size_t end, bool is_last) {
    const auto rest = text.substr(end);
    return rest.empty() || (!is_last && (rest == "\\" || rest == "\r"));
}

// Where an escape of JSON that begins before `at` ends, or `at`: half of one must not be left.
std::size_t end_of_escape_before(std::string_view text, std::size_t at) {
    constexpr std::string_view short_ones = "\"\\/bfnrt";
    constexpr std::size_t long_one = 6;  // \u002d
    for (std::size_t back = 1; back < long_one && back <= at; ++back) {
        const auto slash = at - back;
        if (text[slash] != '\\') continue;
        const auto other = text.substr(0, slash).find_last_not_of('\\');
        const auto before = other == text.npos ? slash : slash - other - 1;
        if (before % 2 == 1) return at;  // a backslash of its own
        if (text[slash + 1] == 'u') return std::min(slash + long_one, text.size());
        return back == 1 && is_in(short_ones, text[at]) ? at + 1 : at;
    }
    return at;
}

}  // namespace

// What is looked for, and by what it is found: a match that is long enough has one of the grams at
// every `stride`-th byte; one with an escape has a place of the escaped character.
struct Secret::Index {
    struct Gram {
        std::uint64_t bytes = 0;
        std::size_t form = 0, at = 0;
        bool is_part = false;  // finds parts of the secret, not the whole of a form
    };
    struct Place {
        std::size_t form = 0, at = 0;
    };

    explicit Index(const std::string& value);

    static std::size_t bit_of(std::uint64_t gram) { return gram * 0x9E3779B97F4A7C15 >> 50; }
    bool may_have(std::uint64_t gram) const {
        const auto bit = bit_of(gram);
        return (seen[bit / 64] >> (bit % 64) & 1) != 0;
    }
    void add(const Gram& gram);
    void find_plain(std::string_view text, Span within, std::vector<Span>& spans) const;
    void find_escaped(std::string_view text, Span within, std::vector<Span>& spans) const;
    std::optional<Span> whole_at(std::string_view text, Span within, const Gram& gram,
                                 std::size_t at) const;
    std::optional<Span> part_at(std::string_view text, Span within, const Gram& gram,
                                std::size_t at) const;
    std::optional<Span> escaped_at(std::string_view text, Span within, Place place, std::size_t at,
                                   std::size_t bytes) const;

    std::string secret;
    std::size_t prefix = 0;
    std::vector<SecretForm> forms;
    std::vector<Gram> grams;  // by their bytes
    std::array<std::uint64_t, 256> seen = {};
    std::array<std::vector<Place>, 128> places;  // of each character, in lower case
    std::size_t stride = gram_bytes;
    std::size_t longest = 0;  // that a match can be
};

Secret::Index::Index(const std::string& value)
    : secret(value), prefix(public_prefix_of(value)), forms(forms_of(value)) {
    for (const auto& form : forms) {
        stride = std::min(stride, form.text.size() - gram_bytes + 1);
        longest = std::max(longest, form.text.size() * escape_bytes_max);
    }
    for (std::size_t form = 0; form < forms.size(); ++form) {
        const auto& text = forms[form].text;
        for (std::size_t at = 0; at < stride; ++at) add({gram_at(text, at), form, at, false});
        for (std::size_t at = 0; at < text.size(); ++at) {
            const auto c = static_cast<unsigned char>(lower_case(text[at]));
            if (c < places.size()) places[c].push_back({form, at});
        }
    }
    const bool has_parts = secret.size() >= prefix + part_bytes_min;
    for (auto at = prefix; has_parts && at + gram_bytes <= secret.size(); ++at) {
        add({gram_at(secret, at), 0, at, true});
    }
    std::stable_sort(grams.begin(), grams.end(),
                     [](const Gram& a, const Gram& b) { return a.bytes < b.bytes; });
}

void Secret::Index::add(const Gram& gram) {
    const auto alike = std::count_if(grams.begin(), grams.end(), [&gram](const Gram& each) {
        return each.bytes == gram.bytes && each.is_part == gram.is_part;
    });
    if (gram.is_part && static_cast<std::size_t>(alike) >= grams_alike_max) return;
    grams.push_back(gram);
    const auto bit = bit_of(gram.bytes);
    seen[bit / 64] |= std::uint64_t{1} << (bit % 64);
}

std::optional<Secret::Span> Secret::Index::whole_at(std::string_view text, Span within,
                                                    const Gram& gram, std::size_t at) const {
    const auto& form = forms[gram.form];
    if (at < within.begin + gram.at) return std::nullopt;
    const Span span{at - gram.at, at - gram.at + form.text.size()};
    if (span.end > within.end) return std::nullopt;
    for (std::size_t i = 0; i < form.text.size(); ++i) {
        if (!equals(text[span.begin + i], form.text[i], form.any_case)) return std::nullopt;
    }
    return span;
}

std::optional<Secret::Span> Secret::Index::part_at(std::string_view text, Span within,
                                                   const Gram& gram, std::size_t at) const {
    const std::string_view all(secret);
    if (text.substr(at, gram_bytes) != all.substr(gram.at, gram_bytes)) return std::nullopt;
    std::size_t before = 0;
    while (before < gram.at && at - before > within.begin &&
           text[at - before - 1] == all[gram.at - before - 1]) {
        ++before;
    }
    auto after = gram_bytes;
    while (gram.at + after < all.size() && at + after < within.end &&
           text[at + after] == all[gram.at + after]) {
        ++after;
    }
    const auto first = std::max(gram.at - before, prefix);
    if (gram.at + after < first + part_bytes_min) return std::nullopt;
    return Span{at - before, at + after};
}

void Secret::Index::find_plain(std::string_view text, Span within, std::vector<Span>& spans) const {
    for (auto at = within.begin; at + gram_bytes <= within.end; at += stride) {
        const auto bytes = gram_at(text, at);
        if (!may_have(bytes)) continue;
        auto gram = std::lower_bound(
            grams.begin(), grams.end(), bytes,
            [](const Gram& each, std::uint64_t wanted) { return each.bytes < wanted; });
        for (; gram != grams.end() && gram->bytes == bytes; ++gram) {
            const auto span = gram->is_part ? part_at(text, within, *gram, at)
                                            : whole_at(text, within, *gram, at);
            if (span) spans.push_back(*span);
        }
    }
}

// `at` is the first escape of the match, `bytes` long: before it the form stands as it is.
std::optional<Secret::Span> Secret::Index::escaped_at(std::string_view text, Span within,
                                                      Place place, std::size_t at,
                                                      std::size_t bytes) const {
    const auto& form = forms[place.form];
    if (at < within.begin + place.at) return std::nullopt;
    const auto begin = at - place.at;
    for (auto i = place.at; i > 0; --i) {
        if (!equals(text[begin + i - 1], form.text[i - 1], form.any_case)) return std::nullopt;
    }
    auto end = at + bytes;
    for (auto i = place.at + 1; i < form.text.size(); ++i) {
        if (end >= within.end) return std::nullopt;
        std::size_t taken = equals(text[end], form.text[i], form.any_case) ? 1 : 0;
        if (is_in(escape_marks, text[end])) {
            const auto escapes = escapes_at(text.substr(0, within.end), end);
            for (std::size_t way = 0; way < escapes.count; ++way) {
                const auto& escape = escapes.ways[way];
                if (equals(escape.stands_for, form.text[i], form.any_case)) taken = escape.bytes;
            }
        }
        if (taken == 0) return std::nullopt;
        end += taken;
    }
    return Span{begin, end};
}

void Secret::Index::find_escaped(std::string_view text, Span within,
                                 std::vector<Span>& spans) const {
    const auto inside = text.substr(0, within.end);
    for (const char escape_mark : escape_marks) {
        for (auto at = inside.find(escape_mark, within.begin); at != inside.npos;) {
            const auto escapes = escapes_at(inside, at);
            for (std::size_t way = 0; way < escapes.count; ++way) {
                const auto& escape = escapes.ways[way];
                const auto c = static_cast<unsigned char>(lower_case(escape.stands_for));
                for (const auto& place : places[c]) {
                    if (!equals(escape.stands_for, forms[place.form].text[place.at],
                                forms[place.form].any_case)) {
                        continue;
                    }
                    const auto span = escaped_at(inside, within, place, at, escape.bytes);
                    if (span) spans.push_back(*span);
                }
            }
            at += escape_mark == '\\' ? backslashes_at(inside, at) : 1;
            at = inside.find(escape_mark, at);
        }
    }
}

Secret::Secret(std::string value) : value_(std::move(value)) {
    if (value_.size() >= secret_bytes_min) index_ = std::make_shared<const Index>(value_);
}

// Media are stepped over; what is between them is looked at twice, for the secret as it stands and
// for one with escapes.
Secret::Sight Secret::look(const Look& at) const {
    const auto text = at.text;
    std::vector<Span> found;
    auto from = at.in_media ? end_of_base64_media(text, at.from) : at.from;
    bool in_media = at.in_media && may_go_on(text, from, at.is_last);
    auto media_end = from;
    if (in_media) from = text.size();
    while (from < text.size()) {
        const auto media = find_base64_media(text, from);
        const Span within{from, media ? media->begin : text.size()};
        index_->find_plain(text, within, found);
        index_->find_escaped(text, within, found);
        if (media) media_end = media->end;
        in_media = media && may_go_on(text, media_end, at.is_last);
        from = media && !in_media ? media->end : text.size();
    }
    Sight sight{.spans = apart(text, std::move(found)),
                .ready = in_media ? media_end : text.size(),
                .in_media = in_media};
    if (at.is_last || in_media) return sight;
    const auto kept = std::max(index_->longest, 2 * media_digits_min);
    sight.ready = std::max(media_end, text.size() - std::min(text.size(), kept));
    if (text.size() - media_end > pending_bytes) {
        sight.ready = text.size() - context_bytes;
        if (!sight.spans.empty()) sight.ready = std::max(sight.ready, sight.spans.back().end);
    }
    while (!sight.spans.empty() && sight.spans.back().end > sight.ready) {
        sight.ready = std::min(sight.ready, sight.spans.back().begin);
        sight.spans.pop_back();
    }
    return sight;
}

// In order, those that overlap as one; none begins within an escape.
std::vector<Secret::Span> Secret::apart(std::string_view text, std::vector<Span> found) {
    std::sort(found.begin(), found.end(),
              [](const Span& a, const Span& b) { return a.begin < b.begin; });
    std::vector<Span> spans;
    for (const auto& span : found) {
        if (!spans.empty() && span.begin < spans.back().end) {
            spans.back().end = std::max(spans.back().end, span.end);
        } else {
            spans.push_back({end_of_escape_before(text, span.begin), span.end});
        }
    }
    return spans;
}

void Secret::append_hidden(std::string& to, std::string_view text, std::size_t from,
                           const Sight& sight) {
    for (const auto& span : sight.spans) {
        to.append(text.substr(from, span.begin - from)).append(mark);
        from = span.end;
    }
    to.append(text.substr(from, sight.ready - from));
}

void Secret::hide(std::string& text) const {
    if (!index_) return;
    const auto sight = look({.text = text});
    if (sight.spans.empty()) return;
    std::string hidden;
    hidden.reserve(text.size());
    append_hidden(hidden, text, 0, sight);
    text = std::move(hidden);
}

void SecretStream::add(std::string_view bytes, std::string& to) {
    if (!is_text_ || !secret_.index_) {
        to.append(bytes);
        return;
    }
    pending_.append(bytes);
    if (!is_decided_ && pending_.size() < beginning_bytes) return;
    advance(false, to);
}

void SecretStream::end(std::string& to) {
    if (is_text_ && secret_.index_) advance(true, to);
}

void SecretStream::advance(bool is_last, std::string& to) {
    if (!std::exchange(is_decided_, true)) is_text_ = !is_binary(pending_);
    if (!is_text_) {
        to.append(std::exchange(pending_, {}));
        return;
    }
    const auto sight = secret_.look(
        {.text = pending_, .from = handed_, .in_media = in_media_, .is_last = is_last});
    Secret::append_hidden(to, pending_, handed_, sight);
    in_media_ = sight.in_media;
    const auto gone = sight.ready - std::min(sight.ready, context_bytes);
    pending_.erase(0, gone);
    handed_ = sight.ready - gone;
}

bool is_binary(std::string_view beginning) {
    const auto is_control = [](unsigned char c) {
        return c < 0x20 && !(c >= '\b' && c <= '\r') && c != '\x1B';
    };
    return beginning.starts_with('\xFF') ||
           std::any_of(beginning.begin(), beginning.end(), is_control);
}

}  // namespace nightshift
