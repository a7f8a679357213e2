// Choosing the container.
#include "sandbox/media/speech.hpp"

#include "sandbox/media/audio_file.hpp"
#include "sandbox/media/mp3.hpp"
#include "sandbox/media/seeded_random.hpp"

namespace nightshift::sandbox {
namespace {

constexpr int sample_rate = 24000;  // qwen3-tts-flash's own (wire contract 12)

}  // namespace

std::string sound_file(std::uint64_t roll, double seconds, const std::string& format) {
    const auto notes = tune(mix(roll, "tune"), seconds);
    if (format == "mp3") return mp3(notes);
    if (format == "flac") return flac(samples(notes, sample_rate), sample_rate);
    if (format == "pcm") return pcm(samples(notes, sample_rate));
    return wav(samples(notes, sample_rate), sample_rate);
}

std::string speech_file(const Speech& speech) {
    return sound_file(speech.roll, spoken_seconds(speech.text, speech.rate), speech.format);
}

}  // namespace nightshift::sandbox
