// The canvas: spans and discs of palette colours.
#include "sandbox/media/picture.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>

namespace nightshift::sandbox {

Colour blend(Colour from, Colour to, double part) {
    const auto between = [part](std::uint8_t a, std::uint8_t b) {
        return static_cast<std::uint8_t>(std::lround(a + (b - a) * std::clamp(part, 0.0, 1.0)));
    };
    return {between(from.red, to.red), between(from.green, to.green), between(from.blue, to.blue)};
}

Colour colour_of(double hue, double saturation, double value) {
    const auto channel = [=](double shift) {
        const double place = std::fmod(shift + hue * 6.0, 6.0);
        const double part = std::clamp(std::min(place, 4.0 - place), 0.0, 1.0);
        return static_cast<std::uint8_t>(std::lround(255.0 * value * (1.0 - saturation * part)));
    };
    return {channel(5.0), channel(3.0), channel(1.0)};
}

Picture::Picture(int width, int height)
    : width_(width),
      height_(height),
      pixels_(static_cast<std::size_t>(width) * static_cast<std::size_t>(height)) {}

void Picture::span(int y, int x0, int x1, std::uint8_t colour) {
    if (y < 0 || y >= height_) return;
    const int from = std::clamp(x0, 0, width_);
    const int to = std::clamp(x1, from, width_);
    std::memset(row(y) + from, colour, static_cast<std::size_t>(to - from));
}

void Picture::disc(double x, double y, double radius, std::uint8_t colour) {
    const int top = std::max(0, static_cast<int>(std::floor(y - radius)));
    const int bottom = std::min(height_ - 1, static_cast<int>(std::ceil(y + radius)));
    for (int line = top; line <= bottom; ++line) {
        const double away = line - y;
        if (std::abs(away) > radius) continue;
        const double half = std::sqrt(radius * radius - away * away);
        span(line, static_cast<int>(std::lround(x - half)), static_cast<int>(std::lround(x + half)),
             colour);
    }
}

}  // namespace nightshift::sandbox
