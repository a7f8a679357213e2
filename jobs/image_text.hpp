// Images in what a model wrote: data URLs, markdown, links, bare base64 (wire contract 5.4).

#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace nightshift::jobs {

// An image as a gateway hands it over, by value or by link. With neither it was no base64.
struct Image {
    std::string bytes;
    int lifted = 0;   // its number instead of the bytes (jobs/lifted)
    std::string url;  // http or https
};

// `base64`, or the mark of one: with or without a "data:...;base64," before it.
Image image_by_value(std::string_view base64);

struct ImageText {
    std::vector<Image> images;  // in the order of the text
    std::string caption;        // the text without them, trimmed
};

// Data URLs and markdown images wherever they are; only when there are none, links that look like
// images; only when there are none of these either, the whole text as base64 of an image.
ImageText images_in(std::string_view text);

// PNG, JPEG, WebP, GIF, BMP or AVIF by the first bytes.
bool has_image_magic(std::string_view bytes);

std::string_view trimmed(std::string_view text);

}  // namespace nightshift::jobs
