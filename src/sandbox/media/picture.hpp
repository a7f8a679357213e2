// Pictures drawn by code: an 8-bit palette image whose motif and colours come from a number.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

namespace nightshift::sandbox {

struct Colour {
    std::uint8_t red = 0;
    std::uint8_t green = 0;
    std::uint8_t blue = 0;
};

// `part` of the way from one colour to another, 0..1.
Colour blend(Colour from, Colour to, double part);

// Hue in turns, saturation and value in 0..1.
Colour colour_of(double hue, double saturation, double value);

class Picture {
public:
    Picture(int width, int height);  // both 1..8192

    int width() const { return width_; }
    int height() const { return height_; }
    std::array<Colour, 256>& palette() { return palette_; }
    const std::array<Colour, 256>& palette() const { return palette_; }
    std::uint8_t* row(int y) { return pixels_.data() + static_cast<std::size_t>(y) * stride(); }
    const std::uint8_t* row(int y) const {
        return pixels_.data() + static_cast<std::size_t>(y) * stride();
    }

    // Fills x0 <= x < x1 of one row, clipped to the picture.
    void span(int y, int x0, int x1, std::uint8_t colour);
    void disc(double x, double y, double radius, std::uint8_t colour);

private:
    std::size_t stride() const { return static_cast<std::size_t>(width_); }

    int width_;
    int height_;
    std::array<Colour, 256> palette_{};
    std::vector<std::uint8_t> pixels_;
};

// A landscape, a sky full of bubbles, a poster of bands or a town at night. The same number and
// size give the same picture.
Picture draw(std::uint64_t roll, int width, int height);

}  // namespace nightshift::sandbox
