// What the pictures show. Palette: 0..127 the sky from top to bottom, 128..191 glow, 192..255 the
// motif's own colours.
#include "sandbox/media/picture.hpp"
#include "sandbox/media/seeded_random.hpp"

#include <algorithm>
#include <cmath>
#include <vector>

namespace nightshift::sandbox {
namespace {

constexpr double turn = 6.283185307179586;

void lay_sky(Picture& picture, Colour top, Colour bottom) {
    for (unsigned i = 0; i < 128; ++i) picture.palette()[i] = blend(top, bottom, i / 127.0);
    for (int y = 0; y < picture.height(); ++y) {
        picture.span(y, 0, picture.width(), static_cast<std::uint8_t>(y * 128 / picture.height()));
    }
}

// A sun or moon with a glow of rings that fades into the sky around it.
void lay_sun(Picture& picture, double x, double y, double radius, Colour sun) {
    const int height = picture.height();
    const auto at = static_cast<unsigned>(std::clamp(y / height, 0.0, 0.999) * 128);
    const Colour sky = picture.palette()[at];
    for (unsigned i = 0; i < 64; ++i) {
        picture.palette()[128 + i] = blend(sky, sun, i < 40 ? i / 60.0 : 1.0);
    }
    for (unsigned ring = 0; ring < 40; ring += 2) {
        const double wide = radius * (1.0 + 0.9 * (40 - ring) / 40.0);
        picture.disc(x, y, wide, static_cast<std::uint8_t>(128 + ring));
    }
    picture.disc(x, y, radius, 191);
}

void landscape(Picture& picture, Dice& dice) {
    const double hue = dice.unit();
    const int width = picture.width();
    const int height = picture.height();
    lay_sky(picture, colour_of(hue, 0.55, 0.75), colour_of(hue + 0.35, 0.35, 1.0));
    lay_sun(picture, width * dice.between(0.2, 0.8), height * dice.between(0.2, 0.45),
            std::min(width, height) * dice.between(0.07, 0.13), colour_of(hue + 0.45, 0.25, 1.0));
    for (int hill = 0; hill < 4; ++hill) {
        const auto colour = static_cast<std::uint8_t>(200 + hill);
        picture.palette()[colour] = colour_of(hue + 0.1 + 0.04 * hill, 0.5, 0.62 - 0.13 * hill);
        const double base = height * (0.55 + 0.11 * hill);
        const double swing = height * dice.between(0.04, 0.1);
        const double waves = dice.between(0.8, 2.6);
        const double shift = dice.between(0.0, turn);
        for (int x = 0; x < width; ++x) {
            const double part = static_cast<double>(x) / width;
            const double up = std::sin(turn * waves * part + shift) +
                              0.4 * std::sin(turn * waves * 2.7 * part + shift * 3);
            const int top = std::clamp(static_cast<int>(base - swing * up), 0, height);
            for (int y = top; y < height; ++y) picture.row(y)[x] = colour;
        }
    }
}

void bubbles(Picture& picture, Dice& dice) {
    const double hue = dice.unit();
    const int width = picture.width();
    const int height = picture.height();
    lay_sky(picture, colour_of(hue, 0.7, 0.35), colour_of(hue + 0.15, 0.5, 0.8));
    for (unsigned i = 0; i < 36; ++i) {
        const auto colour = static_cast<std::uint8_t>(192 + i);
        const auto light = static_cast<std::uint8_t>(228 + i % 27);
        const double tint = hue + dice.between(-0.2, 0.3);
        picture.palette()[colour] = colour_of(tint + 1.0, dice.between(0.3, 0.8), 0.95);
        picture.palette()[light] = colour_of(tint + 1.0, 0.15, 1.0);
        const double radius = std::min(width, height) * dice.between(0.02, 0.16);
        const double x = width * dice.unit();
        const double y = height * dice.unit();
        picture.disc(x, y, radius, colour);
        picture.disc(x - radius * 0.35, y - radius * 0.35, radius * 0.22, light);
    }
}

void poster(Picture& picture, Dice& dice) {
    const double hue = dice.unit();
    const int width = picture.width();
    const int height = picture.height();
    lay_sky(picture, colour_of(hue, 0.12, 0.98), colour_of(hue, 0.2, 0.9));
    const double slope = dice.between(-0.6, 0.6);
    for (unsigned i = 0; i < 9; ++i) {
        const auto colour = static_cast<std::uint8_t>(192 + i);
        picture.palette()[colour] = colour_of(hue + i * 0.11, 0.65, i % 3 == 0 ? 0.35 : 0.9);
        const double left = width * dice.between(-0.3, 1.0);
        const double wide = width * dice.between(0.03, 0.16);
        for (int y = 0; y < height; ++y) {
            const double x = left + slope * y;
            picture.span(y, static_cast<int>(x), static_cast<int>(x + wide), colour);
        }
    }
    picture.palette()[230] = colour_of(hue + 0.5, 0.8, 0.95);
    picture.palette()[231] = colour_of(hue + 0.5, 0.1, 1.0);
    const double radius = std::min(width, height) * dice.between(0.18, 0.3);
    const double x = width * dice.between(0.3, 0.7);
    const double y = height * dice.between(0.3, 0.7);
    picture.disc(x, y, radius, 230);
    picture.disc(x, y, radius * 0.62, 231);
}

void town(Picture& picture, Dice& dice) {
    const double hue = dice.between(0.55, 0.85);
    const int width = picture.width();
    const int height = picture.height();
    lay_sky(picture, colour_of(hue, 0.8, 0.15), colour_of(hue + 0.25, 0.6, 0.6));
    lay_sun(picture, width * dice.between(0.15, 0.85), height * 0.22,
            std::min(width, height) * 0.06, colour_of(0.13, 0.15, 1.0));
    picture.palette()[250] = colour_of(hue, 0.2, 1.0);
    const double unit = std::min(width, height) / 100.0;
    for (int star = 0; star < 60; ++star) {
        picture.disc(width * dice.unit(), height * 0.6 * dice.unit(), unit * 0.25, 250);
    }
    picture.palette()[251] = colour_of(0.12, 0.55, 1.0);
    for (double x = 0; x < width;) {
        const double wide = width * dice.between(0.05, 0.12);
        const double top = height * dice.between(0.4, 0.8);
        const auto colour = static_cast<std::uint8_t>(200 + dice.below(16));
        picture.palette()[colour] = colour_of(hue, 0.5, dice.between(0.08, 0.22));
        for (int y = static_cast<int>(top); y < height; ++y) {
            picture.span(y, static_cast<int>(x), static_cast<int>(x + wide), colour);
        }
        for (double y = top + 3 * unit; y + 2 * unit < height; y += 5 * unit) {
            for (double at = x + 2 * unit; at + 3 * unit < x + wide; at += 4 * unit) {
                if (dice.below(3) != 0) continue;
                for (double line = y; line < y + 2 * unit; line += 1) {
                    picture.span(static_cast<int>(line), static_cast<int>(at),
                                 static_cast<int>(at + 1.6 * unit), 251);
                }
            }
        }
        x += wide;
    }
}

}  // namespace

Picture draw(std::uint64_t roll, int width, int height) {
    Picture picture(width, height);
    Dice dice(roll);
    switch (dice.below(4)) {
        case 0:
            landscape(picture, dice);
            break;
        case 1:
            bubbles(picture, dice);
            break;
        case 2:
            poster(picture, dice);
            break;
        default:
            town(picture, dice);
    }
    return picture;
}

}  // namespace nightshift::sandbox
