// A reply of a gateway, to be looked through for images. There are no more of them than the text
// has room for, and an image is found in every spelling, whatever is written before and behind it.

#include "base/base64.hpp"
#include "jobs/media/image_finder.hpp"
#include "jobs/media/sound_finder.hpp"
#include "tests/fakes/large_png.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdlib>

using namespace nightshift;
using namespace nightshift::jobs;

namespace {

struct Around {
    const char *before, *after;
};

constexpr std::array<Around, 8> arounds = {{{"", ""},
                                            {"\xEF\xBC\x9A", "\xE3\x80\x82"},
                                            {"```\n", "\n```"},
                                            {"{\"image\":\"", "\"}"},
                                            {"![a](data:image/png;base64,", ")"},
                                            {"![a](data:image/png;Base64,", " \"t\")"},
                                            {"data:;base64,", " words"},
                                            {"<img src=\"data:image/png;base64,", "\"/>"}}};

// Of either alphabet, escaped, unpadded, broken into lines, by the bits of `how`.
std::string spelled(std::string_view bytes, unsigned how) {
    const auto digits = encode_base64(bytes);
    std::string out;
    std::size_t column = 0;
    for (const char c : digits) {
        if ((how & 4) != 0 && column++ == 76) {
            out += (how & 8) != 0 ? "\r\n" : "\n";
            column = 1;
        }
        if (c == '=' && (how & 16) != 0) continue;
        if (c == '+') {
            out += (how & 1) != 0 ? "-" : (how & 2) != 0 ? "%2B" : "+";
        } else if (c == '/') {
            out += (how & 1) != 0 ? "_" : (how & 2) != 0 ? "%2f" : "/";
        } else {
            out += c;
        }
    }
    return out;
}

void check(const ImageText& found, std::string_view text) {
    if (found.caption.size() > text.size() || found.images.size() > 64) abort();
    std::size_t bytes = 0;
    for (const auto& image : found.images) bytes += image.bytes.size();
    if (bytes > text.size()) abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    static const auto png = test::large_png(300);
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    check(images_in(text), text);
    image_by_value(text);
    if (const auto json = Json::parse(text)) {
        if (images_in_json(json->root()).size() > 64 + 64) abort();
        sound_in_json(json->root(), (size & 1) != 0);
    }
    if (size < 2) return 0;
    const auto& around = arounds[data[0] % arounds.size()];
    const auto half = text.substr(0, size / 2), rest = text.substr(size / 2);
    std::string all(half);
    all.append("\n").append(around.before).append(spelled(png, data[1])).append(around.after);
    const auto found = images_in(all.append("\n").append(rest));
    const bool there = std::any_of(found.images.begin(), found.images.end(),
                                   [](const Image& image) { return image.bytes == png; });
    if (!there && found.images.size() < 64) abort();
    return 0;
}
