#include "jobs/media/image_reply.hpp"

#include "base/base64.hpp"
#include "base/text/ascii.hpp"
#include "jobs/media/extracted_image.hpp"
#include "jobs/media/link_patience.hpp"
#include "jobs/protocol/json_reply.hpp"
#include "jobs/protocol/note_keys.hpp"
#include "jobs/protocol/text_reply.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <set>

namespace nightshift::jobs {
namespace {

constexpr std::size_t long_base64 = 256;  // characters; shorter ones may be ids

bool is_gone(const Failure& failure) {
    return failure.kind == Kind::bad_media || failure.kind == Kind::result_expired ||
           failure.kind == Kind::unsafe_url;
}

Async<void> take_link(const Image& image, Attempt& attempt, Harvest& harvest) {
    Download what;
    what.url = image.url;
    what.media = Media::image;
    what.index = static_cast<int>(harvest.outputs.size()) + 1;
    try {
        auto output = co_await attempt.download(std::move(what));
        harvest.outputs.push_back(std::move(output));
    } catch (const Failed& failed) {
        if (!is_gone(failed.failure())) throw;
        ++harvest.missing;
        harvest.cause = failed.failure();
    }
}

// `lifted`: the images that were taken already. One that stands in a reply again is none.
Async<void> take_bytes(Image image, Attempt& attempt, Harvest& harvest, std::set<int>& lifted) {
    const bool again = image.lifted > 0 && !lifted.insert(image.lifted).second;
    if (again || (image.bytes.empty() && image.lifted == 0)) {
        ++harvest.missing;
        co_return;
    }
    Artifact what;
    what.bytes = std::move(image.bytes);
    what.lifted = image.lifted;
    what.media = Media::image;
    what.index = static_cast<int>(harvest.outputs.size()) + 1;
    try {
        auto output = co_await attempt.save(std::move(what));
        harvest.outputs.push_back(std::move(output));
    } catch (const Failed& failed) {
        if (failed.failure().kind != Kind::bad_media) throw;
        ++harvest.missing;
    }
}

bool has_links(const std::vector<Image>& images) {
    return std::any_of(images.begin(), images.end(),
                       [](const Image& image) { return !image.url.empty(); });
}

// Members whose base64 is not an output: proofs of thought, to be kept verbatim.
bool is_kept_member(std::string_view name) {
    constexpr std::array<std::string_view, 4> names = {"thoughtSignature", "thought_signature",
                                                       "signature", "encrypted_content"};
    return std::find(names.begin(), names.end(), name) != names.end();
}

// Length of an escape in base64 of JSON ("\/", "\n") or of a URL ("%2B"), or 0; `digit`: it stands
// for one, not for padding or a line break.
std::size_t escape_length(std::string_view text, bool& digit) {
    const auto next = text.substr(0, 2);
    if (next == "\\/" || next == "\\n" || next == "\\r") {
        digit = next[1] == '/';
        return 2;
    }
    for (const std::string_view escape : {"%2b", "%2f", "%3d", "%0a", "%0d"}) {
        if (!starts_folded(text, escape)) continue;
        digit = escape[1] == '2';
        return escape.size();
    }
    return 0;
}

// Length of the run of base64 at the start, escapes included; `chars` without them.
std::size_t run_length(std::string_view text, std::size_t& chars) {
    chars = 0;
    std::size_t at = 0;
    while (at < text.size()) {
        if (const auto run = text.substr(at, base64_run(text.substr(at))); !run.empty()) {
            chars += run.find_last_not_of('=') + 1;  // padding is no content
            at += run.size();
        } else if (bool digit = false; const auto length = escape_length(text.substr(at), digit)) {
            chars += digit ? 1 : 0;
            at += length;
        } else {
            break;
        }
    }
    return at;
}

bool is_hex(std::string_view text) {
    return std::all_of(text.begin(), text.end(), [](char c) { return hex_value(c) >= 0; });
}

std::string words_for(std::uint64_t bytes) {
    return fmt::format("({} bytes of base64: see outputs)", bytes);
}

// One string literal (without its quotes), long runs replaced.
void splice_literal(std::string_view literal, std::string& out) {
    for (std::size_t at = 0; at < literal.size();) {
        std::size_t chars = 0;
        const auto length = run_length(literal.substr(at), chars);
        if (const auto lifted = lifted_by(literal.substr(at, length))) {
            out += words_for(lifted->bytes);
        } else if (chars >= long_base64) {
            const bool hex = is_hex(literal.substr(at, length));
            out += hex ? fmt::format("({} bytes in hexadecimal: see outputs)", chars / 2)
                       : words_for(chars * 3 / 4);
        } else {
            out += literal.substr(at, length);
        }
        at += length;
        if (at < literal.size()) {
            const std::size_t step = literal[at] == '\\' ? 2 : 1;
            out += literal.substr(at, step);
            at += step;
        }
    }
}

std::size_t literal_end(std::string_view text, std::size_t from) {
    for (auto at = text.find('"', from); at != text.npos; at = text.find('"', at + 1)) {
        auto escapes = at;
        while (escapes > from && text[escapes - 1] == '\\') --escapes;
        if ((at - escapes) % 2 == 0) return at;
    }
    return text.size();
}

}  // namespace

Async<Harvest> harvest(std::vector<Image> images, Attempt& attempt) {
    Harvest harvest;
    std::set<int> lifted;
    for (auto& image : images) {
        if (image.url.empty()) {
            co_await take_bytes(std::move(image), attempt, harvest, lifted);
        } else {
            co_await take_link(image, attempt, harvest);
        }
    }
    co_return harvest;
}

Async<std::string> paid_body(Attempt& attempt) {
    auto kept = attempt.recall(paid_reply_key);
    if (kept && !kept->empty()) co_return std::move(*kept);
    auto reply = co_await attempt.post(false);
    co_return std::move(reply.body);
}

Async<void> keep_if_links(const std::vector<Image>& images, const std::string& body,
                          Attempt& attempt) {
    if (!has_links(images) || attempt.recall(paid_reply_key) == body) co_return;
    co_await attempt.remember(std::string(paid_reply_key), body);
}

Async<void> require_some(const Harvest& harvest, std::string message, const Outcome& answer,
                         Attempt& attempt) {
    if (!harvest.outputs.empty()) co_return;
    if (harvest.cause) {
        // What was not reached may be another day; what is dead is not.
        if (harvest.cause->code != unreached_code) attempt.forget_when_failed(paid_reply_key);
        throw FailedAnswer(*harvest.cause, answer);
    }
    throw FailedAnswer(known_failure(Kind::no_output, "no_image", std::move(message)), answer);
}

std::string without_base64(std::string_view reply) {
    std::string out;
    std::string_view member;
    for (std::size_t at = 0; at < reply.size();) {
        if (reply[at] != '"') {
            out += reply[at++];
            continue;
        }
        const auto end = literal_end(reply, at + 1);
        const auto literal = reply.substr(at + 1, end - at - 1);
        const auto next = std::min(reply.find_first_not_of(" \t\r\n", end + 1), reply.size());
        const bool is_name = next < reply.size() && reply[next] == ':';
        if (is_name) member = literal;
        out += '"';
        if (is_name || is_kept_member(member) || literal.starts_with("http")) {
            out += literal;
        } else {
            splice_literal(literal, out);
        }
        if (end < reply.size()) out += '"';
        at = end + 1;
    }
    return out;
}

}  // namespace nightshift::jobs
