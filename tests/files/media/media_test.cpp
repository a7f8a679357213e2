// Files are made here byte by byte, then cut at every length: facts must never be read beyond the
// end (ASan sees it), and no prefix of a file with an end may count as complete.

#include "files/media/media.hpp"

#include "base/base64.hpp"
#include "base/failure.hpp"

#include <doctest/doctest.h>

#include <unistd.h>

#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <fstream>

using namespace nightshift;
using namespace std::string_literals;

namespace {

std::string be(std::uint64_t value, int count) {
    std::string bytes;
    for (int i = count - 1; i >= 0; --i) bytes += static_cast<char>((value >> (8 * i)) & 0xff);
    return bytes;
}

std::string le(std::uint64_t value, int count) {
    std::string bytes;
    for (int i = 0; i < count; ++i) bytes += static_cast<char>((value >> (8 * i)) & 0xff);
    return bytes;
}

std::string png_chunk(const std::string& type, const std::string& data) {
    return be(data.size(), 4) + type + data + "CRC?";
}

std::string png() {
    return "\x89PNG\r\n\x1a\n"s + png_chunk("IHDR", be(640, 4) + be(480, 4) + "\x08\x02\0\0\0"s) +
           png_chunk("IDAT", "pixels") + png_chunk("IEND", "");
}

std::string jpeg() {
    return "\xff\xd8"s + "\xff\xe0"s + be(4, 2) + "xx" + "\xff\xc2"s + be(11, 2) + "\x08"s +
           be(480, 2) + be(640, 2) + "\x01\x01\x11\0"s + "\xff\xda"s + be(4, 2) + "ss" +
           "data\xff\x00more\xff\xd3"
           "end"s +
           "\xff\xd9"s;
}

std::string riff(const std::string& form, const std::string& chunks) {
    return "RIFF" + le(4 + chunks.size(), 4) + form + chunks;
}

std::string chunk(const std::string& type, const std::string& data) {
    return type + le(data.size(), 4) + data;
}

std::string webp(const std::string& kind) {
    if (kind == "VP8X") {
        return riff("WEBP", chunk(kind, "\0\0\0\0"s + le(639, 3) + le(479, 3) + "........"));
    }
    if (kind == "VP8L") {
        return riff("WEBP", chunk(kind, "\x2f"s + le(639 | (479 << 14), 4) + "........."));
    }
    return riff("WEBP", chunk("VP8 ", "abc\x9d\x01\x2a"s + le(640, 2) + le(480, 2) + "...."));
}

std::string gif() {
    return "GIF89a" + le(640, 2) + le(480, 2) + "\x80\0\0"s + "rgbRGB" + "\x21\xf9\x04....\0"s +
           ","s + "\0\0\0\0\1\0\1\0\0"s +
           "\x02\x02"
           "ab\0"s +
           ";";
}

std::string wav(std::uint64_t data_length, std::size_t real_length) {
    const auto format = "\1\0\1\0"s + le(24000, 4) + le(48000, 4) + "\2\0\x10\0"s;
    return "RIFF" + le(data_length + 36, 4) + "WAVE" + chunk("fmt ", format) + "data" +
           le(data_length, 4) + std::string(real_length, '\0');
}

std::string mp3(int frames) {  // MPEG 1 layer III, 128 kbit/s, 44.1 kHz: 417 bytes, 26.12 ms
    std::string bytes;
    for (int i = 0; i < frames; ++i) bytes += "\xff\xfb\x90\x64"s + std::string(413, '\0');
    return bytes;
}

std::string aac(int frames) {  // ADTS, 44.1 kHz, 100 bytes each
    std::string bytes;
    for (int i = 0; i < frames; ++i) {
        bytes += "\xff\xf1\x50\x80"s + be((100u << 5) | 0x1f, 2) + "\xfc" + std::string(93, '\0');
    }
    return bytes;
}

std::string flac() {
    const std::uint64_t rate_to_samples = (std::uint64_t{44100} << 44) | 88200;
    return "fLaC"s + "\x80"s + be(34, 3) + std::string(10, '\0') + be(rate_to_samples, 8) +
           std::string(16, '\0') + "\xff\xf8"s;
}

std::string ogg_page(std::uint64_t granule, const std::string& packet) {
    return "OggS\0\0"s + le(granule, 8) + std::string(12, '\0') + "\1" +
           static_cast<char>(packet.size()) + packet;
}

std::string ogg() {
    return ogg_page(0, "OpusHead\1\1"s + le(312, 2) + le(48000, 4) + "\0\0\0"s) +
           ogg_page(96312, "audio");
}

std::string box(const std::string& type, const std::string& body) {
    return be(body.size() + 8, 4) + type + body;
}

std::string mp4() {
    const auto header = "\0\0\0\0"s + be(0, 8) + be(1000, 4) + be(5500, 4) + std::string(80, '\0');
    const auto track = "\0\0\0\3"s + std::string(72, '\0') + be(1280u << 16, 4) + be(720u << 16, 4);
    return box("ftyp", "isom" + be(512, 4) + "isommp41") +
           box("moov", box("mvhd", header) + box("trak", box("tkhd", track) + box("mdia", ""))) +
           box("mdat", "frames");
}

std::string webm() {
    return "\x1a\x45\xdf\xa3\x84webm"s + "\xec\x82xx"s + "\x18\x53\x80\x67\x85media"s;
}

struct Sample {
    Format format;
    std::string bytes;
    bool visible;       // has width and height
    double duration_s;  // 0: none
};

std::vector<Sample> samples() {
    return {{Format::png, png(), true, 0},
            {Format::jpeg, jpeg(), true, 0},
            {Format::webp, webp("VP8X"), true, 0},
            {Format::webp, webp("VP8L"), true, 0},
            {Format::webp, webp("VP8 "), true, 0},
            {Format::gif, gif(), true, 0},
            {Format::wav, wav(96000, 96000), false, 2},
            {Format::mp3, mp3(10), false, 10 * 1152 / 44100.0},
            {Format::aac, aac(10), false, 10 * 1024 / 44100.0},
            {Format::ogg, ogg(), false, 2},
            {Format::mp4, mp4(), false, 5.5},
            {Format::webm, webm(), false, 0}};
}

}  // namespace

TEST_CASE("whole files are known, complete and measured") {
    for (const auto& sample : samples()) {
        const auto facts = facts_of(sample.bytes);

        CAPTURE(extension_of(sample.format));
        CHECK(extension_of(facts.format) == extension_of(sample.format));
        CHECK(facts.complete);
        if (sample.visible) {
            CHECK(facts.width == 640);
            CHECK(facts.height == 480);
        }
        CHECK(std::abs(facts.duration_s.value_or(0) - sample.duration_s) < 1e-9);
    }
    CHECK(facts_of(mp4()).width == 1280);
    CHECK(facts_of(mp4()).height == 720);
}

TEST_CASE("no beginning of a file is complete, wherever it is cut") {
    for (const auto& sample : samples()) {
        CAPTURE(extension_of(sample.format));
        const auto step = sample.bytes.size() > 2000 ? sample.bytes.size() / 997 : 1;
        for (std::size_t size = 12; size < sample.bytes.size(); size += step) {
            // Copied, so that ASan knows where it ends.
            const auto facts = facts_of(std::string(sample.bytes, 0, size));

            // A cut between boxes or frames shows nowhere; an MP4 needs its last box all the same.
            const bool at_seam =
                (sample.format == Format::mp3 && size % 417 == 0) ||
                (sample.format == Format::aac && size % 100 == 0) ||
                (sample.format == Format::ogg && size == ogg().size() - 33) ||
                (sample.format == Format::mp4 && (size == 24 || size == mp4().size() - 14));
            CAPTURE(size);
            CHECK(facts.complete == at_seam);
        }
    }
}

TEST_CASE("a file on disk gives the same facts as its bytes") {
    std::string path = (std::filesystem::temp_directory_path() / "nightshift-XXXXXX").string();
    const int fd = mkstemp(path.data());
    REQUIRE(fd >= 0);
    close(fd);
    auto list = samples();
    list.push_back({Format::wav, wav(1'000'000, 1'000'000), false, 0});
    auto long_scan = jpeg();
    long_scan.insert(long_scan.size() - 2, std::string(1'000'000, 'x') + "\xff\0"s);
    list.push_back({Format::jpeg, long_scan, true, 0});
    list.push_back({Format::mp3, mp3(3000), false, 0});
    for (const auto& sample : list) {
        std::ofstream(path, std::ios::binary | std::ios::trunc) << sample.bytes;

        const auto file = posix_disk().open(path, OpenFor::reading);
        const auto on_disk = facts_of_file(*file);
        const auto in_memory = facts_of(sample.bytes);

        CAPTURE(extension_of(sample.format));
        CHECK(on_disk.format == sample.format);
        CHECK(on_disk.complete);
        CHECK(in_memory.complete);
        CHECK(on_disk.width == in_memory.width);
        CHECK(on_disk.duration_s == in_memory.duration_s);
    }
    std::filesystem::remove(path);
    CHECK_THROWS_AS(posix_disk().open(path, OpenFor::reading), StorageError);
}

TEST_CASE("the wire contract's smallest video is acceptable") {
    const auto bytes = decode_base64("AAAAGGZ0eXBpc29tAAACAGlzb21pc28yAAAACG1kYXQ=").value();

    const auto facts = facts_of(bytes);

    CHECK(facts.format == Format::mp4);
    CHECK(facts.complete);
}

TEST_CASE("fault row 45: WAV lengths that a synthesizer made up are replaced by the real size") {
    for (const std::uint64_t length : {0u, 0x7fffffffu, 0x7fffffdbu, 0xffffffffu, 0xffffffdbu}) {
        const auto facts = facts_of(wav(length, 48000));

        CHECK(facts.complete);
        CHECK(facts.duration_s == 1.0);
    }
    CHECK(facts_of(wav(2'000'000'000, 48000)).complete);
    const auto cut = facts_of(wav(96000, 48000));
    CHECK_FALSE(cut.complete);
    CHECK(cut.duration_s == 1.0);
}

TEST_CASE("a WAV is whole where the whole file or a usual miscount says so") {
    auto with_riff = [](std::uint64_t data_length, std::uint64_t riff_length) {
        return wav(data_length, 4800).replace(4, 4, le(riff_length, 4));
    };
    CHECK(facts_of(with_riff(9999, 4836)).complete);  // fills what the file says of itself
    CHECK(facts_of(with_riff(4844, 0)).complete);     // counts the header
    CHECK(facts_of(with_riff(4836, 0)).complete);
    CHECK(facts_of(with_riff(4801, 4837)).complete);  // counts a byte of padding
    CHECK_FALSE(facts_of(with_riff(4900, 4936)).complete);
    CHECK_FALSE(facts_of(wav(4800, 4799)).complete);  // half a sample
}

TEST_CASE("a header without any sound is not complete") {
    for (const std::uint64_t length : {0u, 1u, 0xffffffffu}) {
        CHECK_FALSE(facts_of(wav(length, 0)).complete);
    }
    CHECK_FALSE(facts_of(flac().substr(0, 42)).complete);
}

TEST_CASE("tags around MP3 frames are skipped") {
    const auto tag = "ID3\4\0\0"s + "\0\0\1\5"s + std::string(133, 'x');
    const auto tail = "TAG" + std::string(125, 'x');

    const auto facts = facts_of(tag + mp3(5) + tail);

    CHECK(facts.format == Format::mp3);
    CHECK(facts.complete);
    CHECK(std::abs(facts.duration_s.value() - 5 * 1152 / 44100.0) < 1e-9);
}

TEST_CASE("MP4 boxes must fill the file") {
    const auto type = box("ftyp", "isom" + be(0, 4));
    const auto wide = be(1, 4) + "mdat" + be(20, 8) + "data";
    const auto open = be(0, 4) + "mdat" + "data";
    struct Row {
        std::string bytes;
        bool complete;
    };
    const Row rows[] = {
        {type + wide, true},
        {mp4() + open, true},
        {type + open, false},  // the movie header may be what is missing
        {type + wide + "junk", false},
        {type + be(7, 4) + "mdat", false},
        {type + be(1, 4) + "mdat" + be(15, 8) + "data", false},
        {type + be(1, 4) + "mdat" + be(UINT64_MAX, 8) + "data", false},
        {type + be(0xffffffff, 4) + "mdat", false},
        {mp4() + "\r\n", true},  // what is no part of the film does not hurt it
        {mp4() + "\0\0\0"s, true},
        {mp4() + R"({"AIGC":{"Label":"1"}})", true},
        {mp4() + be(100, 4) + "uuid" + std::string(40, 'x'), true},
        {mp4() + be(100, 4) + "free", true},
        {mp4() + std::string(2 << 20, 'x'), false},
        {mp4() + be(100, 4) + "mdat" + std::string(40, 'x'), false},  // a part of it is cut
        {mp4() + be(100, 4) + "moof" + std::string(40, 'x'), false},
        {mp4() + box("moof", "") + box("mdat", "x") + "\n", true},
        {mp4() + box("moof", "") + box("mdat", "x") + be(80, 4), false},
        {type + box("mdat", "frames") + be(200, 4) + "moov" + "x", false},
        {type + box("mdat", "frames") + "\r\n", false},  // no movie header yet
    };
    for (const auto& row : rows) CHECK(facts_of(row.bytes).complete == row.complete);
}

TEST_CASE("text in place of media is named for what it is") {
    struct Row {
        const char* bytes;
        Format format;
    };
    const Row rows[] = {
        {"<!doctype html><html>", Format::html},
        {"\n <HTML>", Format::html},
        {"<?xml version=\"1.0\"?><Error>", Format::xml},
        {"<Error><Code>AccessDenied</Code>", Format::xml},
        {"{\"error\":{}}", Format::json},
        {" \n{ \"a\":1}", Format::json},
        {"{}", Format::json},
        {"[1]", Format::json},
        {"\xEF\xBB\xBF{\"a\":1}", Format::json},
        {"", Format::unknown},
        {"   ", Format::unknown},
        {"hello", Format::unknown},
        {"{\x01\x02", Format::unknown},
        {"< 5", Format::unknown},
        {"\xff\xfb", Format::unknown},
        {"RIFF....AVI LIST", Format::unknown},
    };
    for (const auto& row : rows) {
        CAPTURE(std::string(row.bytes));
        CHECK(extension_of(format_of(row.bytes)) == extension_of(row.format));
    }
    CHECK(format_of(be(24, 4) + "ftypavif") == Format::unknown);
    CHECK(format_of(mp3(1).substr(0, 300)) == Format::mp3);
    CHECK(format_of(mp3(1) + std::string(100, 'x')) == Format::unknown);
    CHECK(format_of(flac()) == Format::flac);
    CHECK(facts_of(flac()).duration_s == 2.0);
}

TEST_CASE("each format has an extension, a media type and a class") {
    CHECK(extension_of(Format::jpeg) == "jpg");
    CHECK(media_type_of(Format::mp3) == "audio/mpeg");
    CHECK(extension_of(Format::unknown) == "bin");
    for (int i = 0; i <= static_cast<int>(Format::xml); ++i) {
        const auto format = static_cast<Format>(i);
        const auto type = media_type_of(format);

        CHECK(is_image(format) == type.starts_with("image/"));
        CHECK(is_video(format) == type.starts_with("video/"));
        CHECK(is_audio(format) == type.starts_with("audio/"));
    }
}

TEST_CASE("damaged bytes anywhere do no harm") {
    std::uint32_t noise = 12345;
    for (const auto& sample : samples()) {
        auto bytes = sample.bytes.substr(0, 3000);
        for (int round = 0; round < 2000; ++round) {
            noise = noise * 1664525 + 1013904223;
            auto damaged = bytes;
            damaged[(noise >> 8) % std::min<std::size_t>(bytes.size(), 200)] =
                static_cast<char>(noise >> 24);
            facts_of(damaged);
        }
    }
}
