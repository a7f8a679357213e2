// What a request will roughly cost in tokens, images, seconds and characters, without asking
// anybody. Rules of thumb, not measured against the seed's models: English prose has about 4.2
// bytes a token, Chinese about 0.75 tokens a character.

#include "manifest/estimate.hpp"

#include "base/base64.hpp"
#include "manifest/line_draft.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstring>

namespace nightshift {
namespace {

namespace dom = simdjson::dom;

// Long, and base64 or a data URL: an image, whose tokens are not its bytes.
bool is_inline_data(std::string_view text) {
    constexpr std::size_t looked_at = 512;
    return text.size() > 2 * looked_at &&
           (text.starts_with("data:") || base64_run(text.substr(0, looked_at)) == looked_at);
}

constexpr double tokens_per_image = 1000;  // of an inline image; models differ from 250 to 1,600

double tokens_below(const JsonElement& value) {
    switch (value.type()) {
        case dom::element_type::STRING: {
            const std::string_view text = value.get_string().value_unsafe();
            return is_inline_data(text) ? tokens_per_image : estimated_tokens(text);
        }
        case dom::element_type::ARRAY: {
            double sum = 0;
            const dom::array elements = value.get_array().value_unsafe();
            for (const JsonElement element : elements) sum += tokens_below(element);
            return sum;
        }
        case dom::element_type::OBJECT: {
            double sum = 0;
            const dom::object members = value.get_object().value_unsafe();
            for (const auto& [key, member] : members) {
                if (key != "model") sum += tokens_below(member);
            }
            return sum;
        }
        default:
            return 0;
    }
}

// The first of the pointers that is a number; `fallback` when none is.
double number_at(const JsonElement& body, const std::vector<std::string>& pointers,
                 double fallback) {
    for (const auto& pointer : pointers) {
        double number = 0;
        if (body.at_pointer(pointer).get_double().get(number) == simdjson::SUCCESS && number >= 0 &&
            number < 1e12) {
            return number;
        }
    }
    return fallback;
}

}  // namespace

// Eight bytes at a time: the top bits of a byte say how long its character is (RFC 3629).
double estimated_tokens(std::string_view text) {
    static constexpr std::uint64_t tops = 0x8080808080808080u;
    const auto count = [](std::uint64_t bits) {
        return static_cast<std::size_t>(((bits >> 7) * 0x0101010101010101u) >> 56);
    };
    std::size_t one = 0, two = 0, three = 0, four = 0;
    for (std::size_t at = 0; at < text.size(); at += 8) {
        std::uint64_t word = 0;
        const std::size_t size = std::min<std::size_t>(8, text.size() - at);
        std::memcpy(&word, text.data() + at, size);
        const std::uint64_t high = word & tops;
        one += size - count(high);
        if (high == 0) continue;
        const std::uint64_t lead = high & (word << 1), third = word << 2, fourth = word << 3;
        two += count(lead & ~third);
        three += count(lead & third & ~fourth);
        four += count(lead & third & fourth);
    }
    return static_cast<double>(one) / 4.2 + static_cast<double>(two) * 0.45 +
           static_cast<double>(three) * 0.75 + static_cast<double>(four) * 1.5;
}

Estimate estimate_of(const EndpointSpec& spec, bool makes_images, const JsonElement& body) {
    Estimate estimate;
    const auto& where = spec.estimate;
    if (spec.group == "text" || spec.group == "image") {
        estimate.input_tokens = static_cast<std::int64_t>(std::ceil(tokens_below(body)));
    }
    if (!where.output_tokens.empty()) {
        estimate.output_tokens_max =
            static_cast<std::int64_t>(number_at(body, where.output_tokens, 0));
    }
    if (makes_images) {
        estimate.images = static_cast<std::int64_t>(number_at(body, where.images, 1));
    }
    if (!where.seconds.empty()) {
        estimate.seconds = number_at(body, where.seconds, where.seconds_default);
    }
    for (const auto& pointer : where.characters) {
        std::string_view text;
        if (body.at_pointer(pointer).get_string().get(text) == simdjson::SUCCESS) {
            for (const char c : text) {
                estimate.characters += (static_cast<unsigned char>(c) & 0xC0) != 0x80 ? 1 : 0;
            }
        }
    }
    return estimate;
}

}  // namespace nightshift
