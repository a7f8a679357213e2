#include "jobs/media/sound_finder.hpp"

#include "base/base64.hpp"
#include "base/text/ascii.hpp"
#include "files/media/media.hpp"
#include "jobs/media/base64_text.hpp"
#include "jobs/media/link_finder.hpp"
#include "jobs/media/media_places.hpp"
#include "jobs/protocol/text_reply.hpp"

#include <algorithm>
#include <optional>

namespace nightshift::jobs {
namespace {

constexpr std::size_t headerless_bytes_min = 64;  // shorter strings are words

bool is_there(const Sound& sound) {
    return !sound.bytes.empty() || !sound.link.empty();
}

std::optional<std::string> decode_hex(std::string_view value) {
    std::string digits(value);
    digits.erase(std::remove_if(digits.begin(), digits.end(),
                                [](char c) { return c == ' ' || c == '\r' || c == '\n'; }),
                 digits.end());
    std::string_view text = digits;
    if (starts_folded(text, "0x")) text.remove_prefix(2);
    const bool hex =
        !text.empty() && text.size() % 2 == 0 &&
        std::all_of(text.begin(), text.end(), [](char c) { return hex_value(c) >= 0; });
    if (!hex) return std::nullopt;
    std::string bytes(text.size() / 2, '\0');
    for (std::size_t at = 0; at < bytes.size(); ++at) {
        bytes[at] = static_cast<char>(hex_value(text[2 * at]) * 16 + hex_value(text[2 * at + 1]));
    }
    return bytes;
}

// Base64 with what base64 in texts may have, such as the escapes of URLs.
std::optional<std::string> decode_escaped_base64(std::string_view value) {
    const Base64Text base64(value, 0);
    if (base64.lines() == 0 || base64.end(base64.lines()) < value.size()) return std::nullopt;
    return base64.bytes(base64.lines());
}

// Digits of hexadecimal are also digits of base64, so they are looked at first.
Sound sound_by_bytes(std::string_view value, bool headerless) {
    for (const auto decode : {decode_hex, decode_base64, decode_escaped_base64}) {
        auto bytes = decode(value);
        if (!bytes) continue;
        const auto format = format_of(*bytes);
        const bool plain =
            headerless && format == Format::unknown && bytes->size() >= headerless_bytes_min;
        if (is_audio(format) || plain) return {.bytes = std::move(*bytes), .link = {}};
    }
    return {};
}

Sound sound_by_value(std::string_view value, bool headerless) {
    value = trimmed(value);
    auto link = link_by_value(value);
    if (!link.empty()) return {.bytes = {}, .link = std::move(link)};
    auto sound = sound_by_bytes(value, headerless);
    if (!is_there(sound)) sound.link = path_by_value(value);
    return sound;
}

}  // namespace

Sound sound_in_json(JsonElement root, bool headerless) {
    for (const auto& item : sound_items(root)) {
        for (const auto value : item.values) {
            auto sound = sound_by_value(value, headerless);
            if (is_there(sound)) return sound;
        }
    }
    for (const auto text : other_strings(root)) {
        auto sound = sound_by_bytes(trimmed(text), false);
        if (is_there(sound)) return sound;
        for (auto& link : links_in(text)) {
            if (names_a_sound(link.url)) return {.bytes = {}, .link = std::move(link.url)};
        }
    }
    return {};
}

}  // namespace nightshift::jobs
