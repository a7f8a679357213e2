// ISO 11172-3: frame header 2.4.1.3, side information 2.4.1.7, Huffman table 1 (values 0 and 1).
//
// A granule of 576 spectral lines covers 0..16 kHz, so line k sounds at (k + 0.5) * 27.8 Hz. A tone
// is one line with value +1 or -1 whose sign follows the tone's phase from granule to granule.
#include "sandbox/media/mp3.hpp"

#include "sandbox/media/bits.hpp"

#include <algorithm>
#include <cmath>

namespace nightshift::sandbox {
namespace {

constexpr int sample_rate = 32000;
constexpr std::size_t frame_size = 288;  // 144 * 64,000 / 32,000
constexpr double granule_seconds = 576.0 / sample_rate;

struct Granule {
    unsigned line = 0;  // below 576
    bool negative = false;
    int gain = 0;  // global_gain: 210 is full scale, 4 less is half
};

// Huffman table 1 codes pairs: (0,0) `1`, (1,0) `01`, (0,1) `001`; a sign bit follows a 1.
void put_lines(Bits& bits, const Granule& granule) {
    for (unsigned pair = 0; pair < granule.line / 2; ++pair) bits.put("1");
    bits.put(granule.line % 2 == 0 ? "01" : "001");
    bits.put(granule.negative ? 1 : 0, 1);
}

unsigned bits_of(const Granule& granule) {
    return granule.line / 2 + (granule.line % 2 == 0 ? 3 : 4);
}

void put_side(Bits& bits, const Granule& granule) {
    bits.put(bits_of(granule), 12);     // part2_3_length
    bits.put(granule.line / 2 + 1, 9);  // big_values, in pairs
    bits.put(static_cast<unsigned>(granule.gain), 8);
    bits.put(0, 4);                              // scalefac_compress: no scale factors
    bits.put(0, 1);                              // long blocks
    for (int i = 0; i < 3; ++i) bits.put(1, 5);  // table 1 in all three regions
    bits.put(7, 4);                              // region0_count
    bits.put(7, 3);                              // region1_count
    bits.put(0, 3);                              // preflag, scalefac_scale, count1table_select
}

std::string frame_of(const Granule& first, const Granule& second) {
    Bits bits;
    bits.put(0xFFFB58C0, 32);  // Layer III, no CRC, 64 kbit/s, 32 kHz, mono
    bits.put(0, 9 + 5 + 4);    // main_data_begin, private, scfsi
    put_side(bits, first);
    put_side(bits, second);
    put_lines(bits, first);
    put_lines(bits, second);
    bits.align();
    bits.bytes().resize(frame_size, '\0');
    return std::move(bits.bytes());
}

std::vector<Granule> granules_of(const std::vector<Note>& notes) {
    std::vector<Granule> granules;
    double time = 0;
    double end = 0;
    for (const Note& note : notes) {
        end += note.seconds;
        const auto line =
            static_cast<unsigned>(std::clamp(note.hertz / (sample_rate / 2.0) * 576.0, 2.0, 250.0));
        int age = 0;
        for (; time < end; time += granule_seconds, ++age) {
            // The phase advances by half a turn per line and granule; see the top of the file.
            const auto quarter = (static_cast<unsigned>(granules.size()) * (2 * line + 1)) % 4;
            granules.push_back(
                Granule{.line = line, .negative = quarter == 1 || quarter == 2, .gain = 205 - age});
        }
    }
    return granules;
}

}  // namespace

std::string mp3(const std::vector<Note>& notes) {
    std::vector<Granule> granules = granules_of(notes);
    if (granules.size() % 2 != 0) granules.push_back(granules.back());
    std::string file("ID3\x04\0\0\0\0\0\0", 10);  // an empty ID3v2.4 tag
    for (std::size_t i = 0; i + 1 < granules.size(); i += 2) {
        file += frame_of(granules[i], granules[i + 1]);
    }
    return file;
}

}  // namespace nightshift::sandbox
