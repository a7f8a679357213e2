// ITU-T H.264: 7.3.2.1 sequence set, 7.3.2.2 picture set, 7.3.3 slice header, 7.3.5 macroblocks,
// 9.2 CAVLC. At QP 28 a luma DC level of 1 moves every pixel of a tile by exactly 1, a chroma DC
// level of 1 by exactly 2 (8.5.10, 8.5.11), so what the decoder shows is known here without a model
// of it. constrained_intra_pred keeps prediction among tiles of the same picture.
#include "sandbox/media/h264.hpp"

#include "sandbox/media/bits.hpp"

#include <cstdlib>

namespace nightshift::sandbox {
namespace {

constexpr int quantiser = 28;

// 7.4.1: no 00 00 0x inside a NAL unit.
std::string with_emulation_prevention(std::string_view raw) {
    std::string nal;
    int zeros = 0;
    for (const char letter : raw) {
        if (zeros >= 2 && static_cast<unsigned char>(letter) <= 3) {
            nal += '\x03';
            zeros = 0;
        }
        zeros = letter == '\0' ? zeros + 1 : 0;
        nal += letter;
    }
    return nal;
}

std::string finished(Bits& bits) {
    bits.put(1, 1);  // rbsp_stop_one_bit
    bits.align();
    return with_emulation_prevention(bits.bytes());
}

// 9.2.2: one coefficient at the first place, or none. The codes differ for chroma DC (nC -1) and
// for everything here else (nC 0).
void put_dc(Bits& bits, int level, bool chroma) {
    const int size = std::abs(level);
    if (level == 0) {
        bits.put(chroma ? "01" : "1");
        return;
    }
    if (size == 1) {
        bits.put(chroma ? "1" : "01");  // one trailing one
        bits.put(level < 0 ? 1 : 0, 1);
    } else {
        bits.put(chroma ? "000111" : "000101");
        const int code = 2 * size - (level > 0 ? 2 : 1) - 2;
        if (code < 14) {
            bits.put(1, code + 1);
        } else if (code < 30) {
            bits.put(1, 15);
            bits.put(static_cast<unsigned>(code - 14), 4);
        } else {
            bits.put(1, 16);
            bits.put(static_cast<unsigned>(code - 30), 12);
        }
    }
    bits.put(1, 1);  // total_zeros 0
}

// A flat prediction: from the left tile, else from the one above, else 128. Intra16x16 and chroma
// number their modes differently (tables 8-4 and 8-5).
struct Prediction {
    Tile tile{128, 128, 128};
    unsigned luma_mode = 2;
    unsigned chroma_mode = 0;
};

Prediction prediction_of(const Tile* left, const Tile* above) {
    if (left != nullptr) return {*left, 1, 1};
    if (above != nullptr) return {*above, 0, 2};
    return {};
}

// Writes one macroblock and returns the tile the decoder will show.
Tile put_tile(Bits& bits, const Tile& wanted, const Prediction& from, bool key) {
    const int luma = wanted.luma - from.tile.luma;
    const int blue = (wanted.blue - from.tile.blue) / 2;
    const int red = (wanted.red - from.tile.red) / 2;
    const unsigned chroma = blue != 0 || red != 0 ? 1 : 0;
    bits.put_ue((key ? 1 : 6) + from.luma_mode + 4 * chroma);  // tables 7-11 and 7-13
    bits.put_ue(from.chroma_mode);
    bits.put_se(0);  // mb_qp_delta
    put_dc(bits, luma, false);
    if (chroma != 0) {
        put_dc(bits, blue, true);
        put_dc(bits, red, true);
    }
    return {wanted.luma, static_cast<std::uint8_t>(from.tile.blue + 2 * blue),
            static_cast<std::uint8_t>(from.tile.red + 2 * red)};
}

}  // namespace

TileEncoder::TileEncoder(int width, int height)
    : width_(width),
      height_(height),
      columns_((width + 15) / 16),
      rows_((height + 15) / 16),
      last_(static_cast<std::size_t>(columns_ * rows_)) {}

std::string TileEncoder::sequence_set() const {
    Bits bits;
    bits.put(0x67, 8);
    bits.put(66, 8);                                 // Baseline
    bits.put(0xC0, 8);                               // constraint_set0 and 1: constrained baseline
    bits.put(columns_ * rows_ > 3600 ? 42 : 31, 8);  // level 4.2 or 3.1 (table A-1)
    bits.put_ue(0);                                  // seq_parameter_set_id
    bits.put_ue(4);                                  // frame_num in 8 bits
    bits.put_ue(2);                                  // order of output is order of decoding
    bits.put_ue(1);                                  // one reference picture
    bits.put(0, 1);
    bits.put_ue(static_cast<unsigned>(columns_ - 1));
    bits.put_ue(static_cast<unsigned>(rows_ - 1));
    bits.put(1, 1);  // frames only
    bits.put(1, 1);  // direct_8x8_inference
    const auto right = static_cast<unsigned>(columns_ * 16 - width_) / 2;
    const auto bottom = static_cast<unsigned>(rows_ * 16 - height_) / 2;
    bits.put(right != 0 || bottom != 0 ? 1 : 0, 1);
    if (right != 0 || bottom != 0) {
        bits.put_ue(0);
        bits.put_ue(right);
        bits.put_ue(0);
        bits.put_ue(bottom);
    }
    bits.put(0, 1);  // no VUI
    return finished(bits);
}

std::string TileEncoder::picture_set() const {
    Bits bits;
    bits.put(0x68, 8);
    bits.put_ue(0);
    bits.put_ue(0);
    bits.put(0, 2);  // CAVLC, no bottom field order
    bits.put_ue(0);  // one slice group
    bits.put_ue(0);
    bits.put_ue(0);
    bits.put(0, 3);  // no weighted prediction
    bits.put_se(quantiser - 26);
    bits.put_se(0);
    bits.put_se(0);
    bits.put("110");  // deblocking control, constrained_intra_pred, no redundant pictures
    return finished(bits);
}

std::string TileEncoder::picture(const std::vector<Tile>& tiles, bool key) {
    frame_number_ = key ? 0 : (frame_number_ + 1) % 256;
    Bits bits;
    bits.put(key ? 0x65 : 0x61, 8);
    bits.put_ue(0);            // first_mb_in_slice
    bits.put_ue(key ? 7 : 5);  // all slices I, or all P
    bits.put_ue(0);
    bits.put(frame_number_, 8);
    if (key) bits.put_ue(key_number_++ % 2);
    bits.put(0, 2);  // I: no long-term marking (2 flags); P: default list size, no reordering
    if (!key) bits.put(0, 1);  // sliding window
    bits.put_se(0);            // slice_qp_delta
    bits.put_ue(0);            // deblocking on, strong: offsets 12
    bits.put_se(6);
    bits.put_se(6);

    std::vector<bool> intra(tiles.size());
    unsigned skipped = 0;
    const auto columns = static_cast<std::size_t>(columns_);
    for (std::size_t i = 0; i < tiles.size(); ++i) {
        if (!key && std::abs(tiles[i].luma - last_[i].luma) < 1 &&
            std::abs(tiles[i].blue - last_[i].blue) < 2 &&
            std::abs(tiles[i].red - last_[i].red) < 2) {
            ++skipped;
            continue;
        }
        if (!key) bits.put_ue(skipped);
        skipped = 0;
        const bool has_left = i % columns != 0 && intra[i - 1];
        const bool has_above = i >= columns && intra[i - columns];
        const auto from = prediction_of(has_left ? &last_[i - 1] : nullptr,
                                        has_above ? &last_[i - columns] : nullptr);
        last_[i] = put_tile(bits, tiles[i], from, key);
        intra[i] = true;
    }
    if (skipped != 0) bits.put_ue(skipped);
    return finished(bits);
}

}  // namespace nightshift::sandbox
