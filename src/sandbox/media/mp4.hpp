// MP4 files (ISO 14496-12 and -15): one H.264 track, and an MP3 track when there is sound.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace nightshift::sandbox {

struct VideoTrack {
    int width = 0;
    int height = 0;
    int frames_per_second = 24;
    std::string sequence_set;  // NAL units
    std::string picture_set;
    std::vector<std::string> pictures;  // one NAL unit each
    std::vector<bool> keys;             // which of them start anew
};

// `mp3` is a whole file of MPEG-1 Layer III frames, 32 kHz mono, 288 bytes each; empty: no sound.
std::string mp4(const VideoTrack& video, const std::string& mp3);

}  // namespace nightshift::sandbox
