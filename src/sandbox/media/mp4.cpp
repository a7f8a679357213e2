// ISO 14496-12: ftyp, moov with its sample tables, mdat; 14496-15 5.3.3: avcC; 14496-1: esds.
#include "sandbox/media/mp4.hpp"

#include <numeric>
#include <string_view>

namespace nightshift::sandbox {
namespace {

constexpr std::uint32_t timescale = 24000;  // of the movie and of both tracks
constexpr std::size_t mp3_frame = 288;
constexpr std::uint32_t mp3_frame_time = 864;  // 1,152 samples at 32 kHz, in 1/24,000 s
constexpr std::string_view unity(
    "\0\1\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\1\0\0\0\0\0\0\0\0\0\0\0\0\0\0"
    "\x40\0\0\0",
    36);

std::string big(std::uint64_t value, int bytes) {
    std::string text;
    for (int i = bytes - 1; i >= 0; --i) text += static_cast<char>((value >> (8 * i)) & 255U);
    return text;
}

std::string box(std::string_view type, const std::string& content) {
    return big(content.size() + 8, 4) + std::string(type) + content;
}

std::string full_box(std::string_view type, std::uint32_t flags, const std::string& content) {
    return box(type, big(flags, 4) + content);
}

struct Track {
    std::uint32_t id = 1;
    std::uint32_t duration = 0;
    std::uint32_t sample_time = 0;  // of every sample
    std::uint32_t offset = 0;       // of its one chunk in the file
    int width = 0;
    int height = 0;
    bool sound = false;
    std::string entry;  // of stsd
    std::vector<std::uint32_t> sizes;
    std::vector<bool> keys;  // empty: all
};

std::string sample_table(const Track& track) {
    const auto count = static_cast<std::uint32_t>(track.sizes.size());
    std::string sizes = big(0, 4) + big(count, 4);
    for (const std::uint32_t size : track.sizes) sizes += big(size, 4);
    std::string keys;
    std::uint32_t key_count = 0;
    for (std::uint32_t i = 0; i < track.keys.size(); ++i) {
        if (!track.keys[i]) continue;
        keys += big(i + 1, 4);
        ++key_count;
    }
    std::string table = full_box("stsd", 0, big(1, 4) + track.entry);
    table += full_box("stts", 0, big(1, 4) + big(count, 4) + big(track.sample_time, 4));
    if (key_count != 0) table += full_box("stss", 0, big(key_count, 4) + keys);
    table += full_box("stsc", 0, big(1, 4) + big(1, 4) + big(count, 4) + big(1, 4));
    table += full_box("stsz", 0, sizes);
    table += full_box("stco", 0, big(1, 4) + big(track.offset, 4));
    return box("stbl", table);
}

std::string track_box(const Track& track) {
    const std::string header =
        full_box("tkhd", 3,
                 big(0, 8) + big(track.id, 4) + big(0, 4) + big(track.duration, 4) + big(0, 8) +
                     big(0, 4) + big(track.sound ? 0x0100 : 0, 2) + big(0, 2) + std::string(unity) +
                     big(static_cast<std::uint64_t>(track.width) << 16U, 4) +
                     big(static_cast<std::uint64_t>(track.height) << 16U, 4));
    const std::string time = full_box(
        "mdhd", 0,
        big(0, 8) + big(timescale, 4) + big(track.duration, 4) + big(0x55C4, 2) + big(0, 2));
    const std::string handler = full_box(
        "hdlr", 0,
        big(0, 4) + (track.sound ? "soun" : "vide") + big(0, 12) + std::string("media\0", 6));
    const std::string kind =
        track.sound ? full_box("smhd", 0, big(0, 4)) : full_box("vmhd", 1, big(0, 8));
    const std::string where = box("dinf", full_box("dref", 0, big(1, 4) + full_box("url ", 1, "")));
    return box("trak", header + box("mdia", time + handler +
                                                box("minf", kind + where + sample_table(track))));
}

std::string video_entry(const VideoTrack& video) {
    const std::string settings =
        box("avcC", big(1, 1) + video.sequence_set.substr(1, 3) + big(0xFF, 1) + big(0xE1, 1) +
                        big(video.sequence_set.size(), 2) + video.sequence_set + big(1, 1) +
                        big(video.picture_set.size(), 2) + video.picture_set);
    return box("avc1", big(0, 6) + big(1, 2) + big(0, 16) +
                           big(static_cast<unsigned>(video.width), 2) +
                           big(static_cast<unsigned>(video.height), 2) + big(0x00480000, 4) +
                           big(0x00480000, 4) + big(0, 4) + big(1, 2) + big(0, 32) + big(24, 2) +
                           big(0xFFFF, 2) + settings);
}

std::string sound_entry() {
    // Object type 0x6B: MPEG-1 audio; stream type audio; 64 kbit/s.
    const std::string decoder =
        big(0x6B, 1) + big(0x15, 1) + big(0, 3) + big(64000, 4) + big(64000, 4);
    const std::string stream = big(2, 2) + big(0, 1) + big(4, 1) + big(decoder.size(), 1) +
                               decoder + big(6, 1) + big(1, 1) + big(2, 1);
    const std::string descriptor = full_box("esds", 0, big(3, 1) + big(stream.size(), 1) + stream);
    return box("mp4a", big(0, 6) + big(1, 2) + big(0, 8) + big(1, 2) + big(16, 2) + big(0, 4) +
                           big(32000ULL << 16U, 4) + descriptor);
}

Track video_track(const VideoTrack& video) {
    Track track;
    track.sample_time = timescale / static_cast<std::uint32_t>(video.frames_per_second);
    track.duration = track.sample_time * static_cast<std::uint32_t>(video.pictures.size());
    track.width = video.width;
    track.height = video.height;
    track.entry = video_entry(video);
    track.keys = video.keys;
    for (const std::string& picture : video.pictures) {
        track.sizes.push_back(static_cast<std::uint32_t>(picture.size() + 4));
    }
    return track;
}

Track sound_track(std::size_t frames) {
    Track track;
    track.id = 2;
    track.sample_time = mp3_frame_time;
    track.duration = mp3_frame_time * static_cast<std::uint32_t>(frames);
    track.sound = true;
    track.entry = sound_entry();
    track.sizes.assign(frames, mp3_frame);
    return track;
}

std::string movie_box(const Track& video, const Track& sound) {
    const std::string header =
        full_box("mvhd", 0,
                 big(0, 8) + big(timescale, 4) + big(video.duration, 4) + big(0x00010000, 4) +
                     big(0x0100, 2) + big(0, 10) + std::string(unity) + big(0, 24) + big(3, 4));
    return box("moov", header + track_box(video) + (sound.sizes.empty() ? "" : track_box(sound)));
}

}  // namespace

std::string mp4(const VideoTrack& video, const std::string& mp3) {
    const std::string type = box("ftyp", "isom" + big(0x200, 4) + "isomiso2avc1mp41");
    const std::size_t tag = mp3.starts_with("ID3") ? 10 : 0;
    Track pictures = video_track(video);
    Track sound = sound_track(mp3.empty() ? 0 : (mp3.size() - tag) / mp3_frame);
    const std::uint32_t picture_bytes =
        std::accumulate(pictures.sizes.begin(), pictures.sizes.end(), 0U);

    const std::size_t start = type.size() + movie_box(pictures, sound).size() + 8;
    pictures.offset = static_cast<std::uint32_t>(start);
    sound.offset = pictures.offset + picture_bytes;
    std::string data;
    data.reserve(picture_bytes + mp3.size());
    for (const std::string& picture : video.pictures) data += big(picture.size(), 4) + picture;
    if (!mp3.empty()) data += mp3.substr(tag);
    return type + movie_box(pictures, sound) + box("mdat", data);
}

}  // namespace nightshift::sandbox
