// An H.264 encoder for pictures made of flat 16x16 tiles (ITU-T H.264, constrained baseline,
// CAVLC).
//
// A tile is an Intra16x16 macroblock whose only coefficients are DC; a tile that has not changed is
// P_Skip. The decoder's own deblocking filter softens the tile edges.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace nightshift::sandbox {

// One flat macroblock. Studio range: luma 16..235, chroma 16..240.
struct Tile {
    std::uint8_t luma = 16;
    std::uint8_t blue = 128;
    std::uint8_t red = 128;

    bool operator==(const Tile&) const = default;
};

class TileEncoder {
public:
    // Size in pixels, even, 16..4096; the tiles cover it, the last ones are cropped.
    TileEncoder(int width, int height);

    int columns() const { return columns_; }
    int rows() const { return rows_; }
    std::string sequence_set() const;  // NAL units without start code or length
    std::string picture_set() const;

    // One NAL unit; `key` starts a new group of pictures. `tiles` has rows() * columns() entries.
    std::string picture(const std::vector<Tile>& tiles, bool key);

private:
    int width_;
    int height_;
    int columns_;
    int rows_;
    std::vector<Tile> last_;
    unsigned frame_number_ = 0;
    unsigned key_number_ = 0;
};

}  // namespace nightshift::sandbox
