// The scene of each frame as tiles, the still part made once, colours by BT.601 in studio range.
#include "sandbox/media/clip.hpp"

#include "sandbox/media/h264.hpp"
#include "sandbox/media/mp3.hpp"
#include "sandbox/media/mp4.hpp"
#include "sandbox/media/picture.hpp"
#include "sandbox/media/seeded_random.hpp"

#include <algorithm>
#include <cmath>

namespace nightshift::sandbox {
namespace {

constexpr int frames_per_second = 24;
constexpr int key_every = 48;  // frames

Tile tile_of(Colour colour) {
    const double r = colour.red;
    const double g = colour.green;
    const double b = colour.blue;
    const auto byte = [](double value) { return static_cast<std::uint8_t>(std::lround(value)); };
    return {byte(16 + 0.257 * r + 0.504 * g + 0.098 * b),
            byte(128 - 0.148 * r - 0.291 * g + 0.439 * b),
            byte(128 + 0.439 * r - 0.368 * g - 0.071 * b)};
}

struct Ball {
    double x = 0;  // in tiles, at the start
    double y = 0;
    double dx = 0;  // tiles a second
    double dy = 0;
    double radius = 2;
    Colour colour;
};

struct Scene {
    Colour top;
    Colour bottom;
    Colour hill;
    double hill_shift = 0;
    std::vector<Ball> balls;
    std::vector<Colour> background;  // one a tile
};

Scene scene_of(std::uint64_t roll, int columns, int rows) {
    Dice dice(roll);
    const double hue = dice.unit();
    Scene scene{colour_of(hue, 0.6, 0.55),
                colour_of(hue + 0.3, 0.35, 0.95),
                colour_of(hue + 0.45, 0.5, 0.3),
                dice.between(0, 6),
                {},
                {}};
    const double unit = std::min(columns, rows);
    for (int i = 0; i < 4; ++i) {
        scene.balls.push_back(Ball{.x = columns * dice.unit(),
                                   .y = rows * dice.unit(),
                                   .dx = dice.between(3, 9) * (dice.below(2) == 0 ? 1 : -1),
                                   .dy = dice.between(1, 5) * (dice.below(2) == 0 ? 1 : -1),
                                   .radius = unit * dice.between(0.05, 0.13),
                                   .colour = colour_of(hue + dice.between(0.3, 0.8), 0.7, 1.0)});
    }
    return scene;
}

// Back and forth between 0 and `limit`.
double bounced(double place, double limit) {
    const double round = std::fmod(std::fmod(place, 2 * limit) + 2 * limit, 2 * limit);
    return round < limit ? round : 2 * limit - round;
}

// What does not move: sky and hills.
std::vector<Colour> background_of(const Scene& scene, const TileEncoder& encoder) {
    std::vector<Colour> colours;
    for (int y = 0; y < encoder.rows(); ++y) {
        const Colour sky = blend(scene.top, scene.bottom, static_cast<double>(y) / encoder.rows());
        for (int x = 0; x < encoder.columns(); ++x) {
            const double wave = std::sin(x * 0.13 + scene.hill_shift);
            const double crest = encoder.rows() * (0.78 + 0.08 * wave);
            colours.push_back(blend(sky, scene.hill, y - crest));
        }
    }
    return colours;
}

// The tiles of one frame: `still` with the balls of that time in front of it.
std::vector<Tile> frame_at(const Scene& scene, const TileEncoder& encoder,
                           const std::vector<Tile>& still, double time) {
    std::vector<Tile> tiles = still;
    std::vector<Colour> behind = scene.background;
    for (const Ball& ball : scene.balls) {
        const double at_x = bounced(ball.x + ball.dx * time, encoder.columns());
        const double at_y = bounced(ball.y + ball.dy * time, encoder.rows());
        const int reach = static_cast<int>(ball.radius) + 2;
        const int left = std::max(0, static_cast<int>(at_x) - reach);
        const int top = std::max(0, static_cast<int>(at_y) - reach);
        for (int y = top; y < std::min(encoder.rows(), top + 2 * reach + 2); ++y) {
            for (int x = left; x < std::min(encoder.columns(), left + 2 * reach + 2); ++x) {
                const double cover = ball.radius - std::hypot(x - at_x, y - at_y) + 0.5;
                if (cover <= 0) continue;
                const auto place = static_cast<std::size_t>(y * encoder.columns() + x);
                behind[place] = blend(behind[place], ball.colour, cover);
                tiles[place] = tile_of(behind[place]);
            }
        }
    }
    return tiles;
}

}  // namespace

std::string film_file(const Film& film) {
    TileEncoder encoder(film.width, film.height);
    Scene scene = scene_of(film.roll, encoder.columns(), encoder.rows());
    scene.background = background_of(scene, encoder);
    std::vector<Tile> still;
    for (const Colour colour : scene.background) still.push_back(tile_of(colour));
    VideoTrack video;
    video.width = film.width;
    video.height = film.height;
    video.frames_per_second = frames_per_second;
    video.sequence_set = encoder.sequence_set();
    video.picture_set = encoder.picture_set();
    for (int i = 0; i < film.seconds * frames_per_second; ++i) {
        const bool key = i % key_every == 0;
        const double time = static_cast<double>(i) / frames_per_second;
        video.pictures.push_back(encoder.picture(frame_at(scene, encoder, still, time), key));
        video.keys.push_back(key);
    }
    return mp4(video, film.sound ? mp3(tune(film.roll, film.seconds)) : std::string());
}

}  // namespace nightshift::sandbox
