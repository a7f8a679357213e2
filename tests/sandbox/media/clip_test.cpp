// MP4 files are walked box by box; the pictures inside are checked as NAL units.
#include "sandbox/media/clip.hpp"
#include "sandbox/media/h264.hpp"

#include <doctest/doctest.h>

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

using namespace nightshift::sandbox;

namespace {

std::uint64_t big(std::string_view bytes, std::size_t at, int count) {
    std::uint64_t value = 0;
    for (int i = 0; i < count; ++i) {
        value = (value << 8U) | static_cast<unsigned char>(bytes[at + static_cast<std::size_t>(i)]);
    }
    return value;
}

// Every box's content by its path, "moov/trak/mdia"; later ones of the same path get "#2".
void walk(std::string_view bytes, const std::string& above,
          std::map<std::string, std::string_view>& boxes) {
    std::size_t at = 0;
    while (at < bytes.size()) {
        REQUIRE(at + 8 <= bytes.size());
        const std::uint64_t size = big(bytes, at, 4);
        REQUIRE(size >= 8);
        REQUIRE(at + size <= bytes.size());
        const std::string type(bytes.substr(at + 4, 4));
        const auto content = bytes.substr(at + 8, size - 8);
        std::string path = above + type;
        while (boxes.count(path) != 0) path += "#2";
        boxes[path] = content;
        for (const char* parent : {"moov", "trak", "mdia", "minf", "stbl"}) {
            if (type == parent) walk(content, path + "/", boxes);
        }
        at += size;
    }
    REQUIRE(at == bytes.size());
}

std::vector<std::string_view> samples_of(std::string_view file,
                                         std::map<std::string, std::string_view>& boxes,
                                         const std::string& track) {
    const auto sizes = boxes.at(track + "/mdia/minf/stbl/stsz");
    std::uint64_t at = big(boxes.at(track + "/mdia/minf/stbl/stco"), 8, 4);
    std::vector<std::string_view> samples;
    for (std::uint64_t i = 0; i < big(sizes, 8, 4); ++i) {
        const std::uint64_t size = big(sizes, 12 + 4 * i, 4);
        REQUIRE(at + size <= file.size());
        samples.push_back(file.substr(at, size));
        at += size;
    }
    return samples;
}

}  // namespace

TEST_CASE("a film is an MP4 whose boxes and samples add up") {
    for (const bool sound : {false, true}) {
        const std::string file =
            film_file({.roll = 5, .width = 1280, .height = 720, .seconds = 3, .sound = sound});
        std::map<std::string, std::string_view> boxes;

        walk(file, "", boxes);
        const auto pictures = samples_of(file, boxes, "moov/trak");

        CHECK(file.substr(4, 4) == "ftyp");
        CHECK(pictures.size() == 72);
        CHECK(big(boxes.at("moov/mvhd"), 12, 4) == 24000);
        CHECK(big(boxes.at("moov/mvhd"), 16, 4) == 72000);
        CHECK(boxes.count("moov/trak#2") == (sound ? 1 : 0));
        for (std::size_t i = 0; i < pictures.size(); ++i) {
            REQUIRE(big(pictures[i], 0, 4) == pictures[i].size() - 4);
            REQUIRE(big(pictures[i], 4, 1) == (i % 48 == 0 ? 0x65 : 0x61));
            if (i > 0) REQUIRE(pictures[i] != pictures[i - 1]);
        }
        if (sound) {
            for (const auto frame : samples_of(file, boxes, "moov/trak#2")) {
                REQUIRE(frame.substr(0, 2) == std::string_view("\xFF\xFB"));
            }
        }
    }
}

TEST_CASE("a picture that did not change costs next to nothing") {
    TileEncoder encoder(1280, 720);
    const std::vector<Tile> tiles(80 * 45, Tile{90, 120, 130});

    const std::string first = encoder.picture(tiles, true);
    const std::string second = encoder.picture(tiles, false);

    CHECK(first.size() > 1000);
    CHECK(second.size() < 12);
}

TEST_CASE("no NAL unit holds a start code") {
    TileEncoder encoder(640, 480);
    std::vector<Tile> tiles(40 * 30);
    for (std::size_t i = 0; i < tiles.size(); ++i) {
        tiles[i] = Tile{static_cast<std::uint8_t>(16 + i * 37 % 220), 128, 128};
    }

    const std::string nal = encoder.picture(tiles, true);

    for (const char last : {'\0', '\1', '\2'}) {
        CHECK(nal.find(std::string{'\0', '\0', last}) == std::string::npos);
    }
}

TEST_CASE("the same film has the same bytes") {
    const Film film{.roll = 8, .width = 480, .height = 854, .seconds = 2, .sound = true};
    CHECK(film_file(film) == film_file(film));
}
