// PNG files are walked chunk by chunk and inflated with zlib alone.
#include "sandbox/media/png.hpp"

#include <doctest/doctest.h>
#include <zlib.h>

#include <cstdint>
#include <string>
#include <string_view>

using namespace nightshift::sandbox;

namespace {

std::uint32_t big32(std::string_view bytes, std::size_t at) {
    std::uint32_t value = 0;
    for (std::size_t i = 0; i < 4; ++i) {
        value = (value << 8U) | static_cast<unsigned char>(bytes[at + i]);
    }
    return value;
}

struct Walked {
    std::string order;  // the chunk types
    std::string header;
    std::string data;
    bool sums_right = true;
};

Walked walk(std::string_view file) {
    Walked walked;
    for (std::size_t at = 8; at + 12 <= file.size();) {
        const std::uint32_t size = big32(file, at);
        const auto type = file.substr(at + 4, 4);
        const auto content = file.substr(at + 8, size);
        const auto* summed = reinterpret_cast<const Bytef*>(file.data() + at + 4);
        const auto sum = static_cast<std::uint32_t>(crc32(0, summed, size + 4));
        walked.sums_right = walked.sums_right && sum == big32(file, at + 8 + size);
        walked.order += std::string(type) + " ";
        if (type == "IHDR") walked.header = content;
        if (type == "IDAT") walked.data += content;
        at += 12 + size;
    }
    return walked;
}

}  // namespace

TEST_CASE("a picture is a PNG that inflates to one palette byte a pixel") {
    for (const auto& [width, height] : {std::pair{1024, 1024}, {1536, 1024}, {17, 3}, {1, 1}}) {
        const std::string file = png(draw(7, width, height));

        CHECK(file.substr(0, 8) == "\x89PNG\r\n\x1a\n");
        const Walked walked = walk(file);
        CHECK(walked.order == "IHDR PLTE IDAT IEND ");
        CHECK(walked.sums_right);
        CHECK(big32(walked.header, 0) == static_cast<std::uint32_t>(width));
        CHECK(big32(walked.header, 4) == static_cast<std::uint32_t>(height));
        const auto raw_size = static_cast<uLongf>((width + 1) * height);
        std::string raw(raw_size, '\0');
        uLongf got = raw_size;
        const int code =
            uncompress(reinterpret_cast<Bytef*>(raw.data()), &got,
                       reinterpret_cast<const Bytef*>(walked.data.data()), walked.data.size());
        CHECK(code == Z_OK);
        CHECK(got == raw_size);
        for (int y = 0; y < height; ++y) CHECK(raw[static_cast<std::size_t>((width + 1) * y)] == 0);
    }
}

TEST_CASE("the same number draws the same picture and another number another one") {
    CHECK(png(draw(1, 640, 480)) == png(draw(1, 640, 480)));
    CHECK(png(draw(1, 640, 480)) != png(draw(2, 640, 480)));
}
