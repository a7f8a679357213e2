// WAV: Microsoft RIFF, EBU Tech 3306 (RF64). MP3: ISO 11172-3, 13818-3; ID3v2.4. AAC: ADTS of
// ISO 13818-7. FLAC: RFC 9639. Ogg: RFC 3533, Opus in it RFC 7845.

#include "files/media/media_facts.hpp"

#include "base/bounds.hpp"

#include <algorithm>
#include <array>

namespace nightshift {
namespace {

// Streaming synthesizers write the header before they know the length: 0, 0x7fffffff, 2e9,
// 0xffffffff, or those less the header (wire contract 7): more than any reply may have.
bool is_made_up_length(std::uint64_t length) {
    constexpr std::uint64_t header_bytes = 1024;
    return length == 0 || length >= limits::speech_reply_bytes - header_bytes;
}

// Writers add to the length of the data: the header or parts of it, or a byte of padding.
bool is_miscount(std::uint64_t more, std::uint64_t header_bytes) {
    return more == 1 || more == 8 || more == header_bytes || more + 8 == header_bytes;
}

struct Rate {
    int version = 0;  // 3: MPEG 1, 2: MPEG 2, 0: MPEG 2.5
    int hz = 0;
};

Rate mpeg_rate(unsigned version, unsigned index) {
    constexpr std::array<int, 3> mpeg1 = {44100, 48000, 32000};
    if (version == 1 || index == 3) return {};
    const int divisor = version == 3 ? 1 : version == 2 ? 2 : 4;
    return {static_cast<int>(version), mpeg1[index] / divisor};
}

// Bytes of the ID3v2 tag at `offset`, 0 when there is none.
std::uint64_t id3_bytes(ByteSource& source, std::uint64_t offset) {
    const auto head = source.at(offset, 10);
    if (head.size() < 10 || !head.starts_with("ID3")) return 0;
    std::uint64_t size = 0;
    for (std::size_t i = 6; i < 10; ++i) size = (size << 7) | (big_endian(head, i, 1) & 0x7f);
    const bool footer = (head[5] & 0x10) != 0;
    return 10 + size + (footer ? 10 : 0);
}

// Walks frames from `offset`. Complete when the last frame or a tag ends with the source; up to
// `gap_max` bytes that are no frame are skipped in all.
void walk_frames(ByteSource& source, std::uint64_t offset, MediaFacts& facts,
                 AudioFrame (*frame_at)(std::string_view)) {
    constexpr std::uint64_t gap_max = 64 * 1024;
    double duration_s = 0;
    std::uint64_t gap = 0;
    facts.complete = false;
    while (offset < source.size()) {
        const auto head = source.at(offset, 10);
        const auto frame = frame_at(head);
        if (frame.bytes != 0) {
            offset += frame.bytes;
            if (offset > source.size()) break;
            duration_s += frame.duration_s;
            continue;
        }
        if (head.size() < 7 && head.starts_with('\xff')) break;  // a header cut short
        if (head.starts_with("TAG") || head.starts_with("APETAGEX")) {
            offset = source.size();
        } else if (const auto tag = id3_bytes(source, offset)) {
            offset += tag;
        } else if (++gap <= gap_max) {
            ++offset;
        } else {
            break;
        }
    }
    facts.complete = offset == source.size() && duration_s > 0;
    if (duration_s > 0) facts.duration_s = duration_s;
}

// Samples a second and samples to leave out at the start, by the first packet of an Ogg stream.
struct OggClock {
    double hz = 0;
    double skip = 0;
};

OggClock ogg_clock(std::string_view packet) {
    if (packet.starts_with("OpusHead")) {
        return {48000, static_cast<double>(little_endian(packet, 10, 2))};
    }
    if (packet.starts_with("\x01vorbis")) {
        return {static_cast<double>(little_endian(packet, 12, 4)), 0};
    }
    return {};
}

}  // namespace

void wav_facts(ByteSource& source, MediaFacts& facts) {
    const auto size = source.size();
    const bool fills_riff = little_endian(source.at(4, 4), 0, 4) + 8 == size;
    std::uint64_t offset = 12;
    std::uint64_t bytes_per_s = 0, sample_bytes = 1;
    while (offset < size) {
        const auto head = source.at(offset, 24);
        if (head.size() < 8) return;
        const auto type = head.substr(0, 4);
        const auto length = little_endian(head, 4, 4);
        if (type == "fmt ") {
            bytes_per_s = little_endian(head, 16, 4);
            sample_bytes = std::max<std::uint64_t>(1, little_endian(head, 20, 2));
        }
        if (type == "data") {
            const auto there = size - offset - 8;
            const bool made_up = is_made_up_length(length);
            const bool whole =
                made_up || length <= there || fills_riff ||
                (there % sample_bytes == 0 && is_miscount(length - there, offset + 8));
            facts.complete = there > 0 && whole;
            if (bytes_per_s > 0) {
                const auto counted = made_up ? there : std::min(length, there);
                facts.duration_s = static_cast<double>(counted) / static_cast<double>(bytes_per_s);
            }
            return;
        }
        offset += 8 + length + (length & 1);
    }
}

AudioFrame mp3_frame(std::string_view bytes) {
    constexpr std::array<int, 15> kbit_v1 = {0,   32,  40,  48,  56,  64,  80, 96,
                                             112, 128, 160, 192, 224, 256, 320};
    constexpr std::array<int, 15> kbit_v2 = {0,  8,  16, 24,  32,  40,  48, 56,
                                             64, 80, 96, 112, 128, 144, 160};
    const auto head = static_cast<unsigned>(big_endian(bytes, 0, 4));
    if ((head >> 21) != 0x7ff || ((head >> 17) & 3) != 1) return {};  // sync, layer III
    const auto rate = mpeg_rate((head >> 19) & 3, (head >> 10) & 3);
    const auto index = (head >> 12) & 15;
    if (rate.hz == 0 || index == 0 || index == 15) return {};
    const bool v1 = rate.version == 3;
    const int bits_per_s = 1000 * (v1 ? kbit_v1[index] : kbit_v2[index]);
    const int samples = v1 ? 1152 : 576;
    const int padding = static_cast<int>((head >> 9) & 1);
    return {static_cast<std::size_t>(samples / 8 * bits_per_s / rate.hz + padding),
            static_cast<double>(samples) / rate.hz};
}

AudioFrame aac_frame(std::string_view bytes) {
    constexpr std::array<int, 13> hz = {96000, 88200, 64000, 48000, 44100, 32000, 24000,
                                        22050, 16000, 12000, 11025, 8000,  7350};
    const auto head = big_endian(bytes, 0, 7);
    if ((head >> 44) != 0xfff || ((head >> 41) & 3) != 0) return {};  // sync, layer 0
    const auto index = static_cast<std::size_t>((head >> 34) & 15);
    const auto length = static_cast<std::size_t>((head >> 13) & 0x1fff);
    if (index >= hz.size() || length < 7) return {};
    const auto blocks = static_cast<double>((head & 3) + 1);
    return {length, 1024 * blocks / hz[index]};
}

void mp3_facts(ByteSource& source, MediaFacts& facts) {
    walk_frames(source, 0, facts, mp3_frame);
}

void aac_facts(ByteSource& source, MediaFacts& facts) {
    walk_frames(source, 0, facts, aac_frame);
}

// Complete: there are frames behind the metadata blocks.
void flac_facts(ByteSource& source, MediaFacts& facts) {
    std::uint64_t offset = 4;
    for (bool last = false; !last && offset < source.size();) {
        const auto block = source.at(offset, 4);
        last = (big_endian(block, 0, 1) & 0x80) != 0;
        offset += 4 + big_endian(block, 1, 3);
    }
    facts.complete = offset < source.size();
    const auto info = source.at(8, 34);  // STREAMINFO always comes first
    const auto hz = big_endian(info, 10, 3) >> 4;
    const auto samples = big_endian(info, 13, 5) & 0xfffffffff;
    if (hz > 0 && samples > 0) {
        facts.duration_s = static_cast<double>(samples) / static_cast<double>(hz);
    }
}

// Complete: whole pages up to the end.
void ogg_facts(ByteSource& source, MediaFacts& facts) {
    std::uint64_t offset = 0;
    OggClock clock;
    double granules = 0;
    while (offset < source.size()) {
        const auto head = source.at(offset, 27 + 255);
        if (head.size() < 27 || !head.starts_with("OggS")) return;
        const auto segments = static_cast<std::size_t>(big_endian(head, 26, 1));
        if (head.size() < 27 + segments) return;
        std::uint64_t length = 27 + segments;
        const auto granule = little_endian(head, 6, 8);
        for (std::size_t i = 0; i < segments; ++i) length += big_endian(head, 27 + i, 1);
        if (offset == 0) clock = ogg_clock(source.at(27 + segments, 32));
        if (granule < (std::uint64_t{1} << 60)) granules = static_cast<double>(granule);
        offset += length;
    }
    facts.complete = offset == source.size();
    if (clock.hz > 0 && granules > clock.skip) {
        facts.duration_s = (granules - clock.skip) / clock.hz;
    }
}

}  // namespace nightshift
