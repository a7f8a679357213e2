// Images in what a gateway answered (wire contract 5.4): in words, Markdown, HTML and JSON, as data
// URLs, base64 or links. The first bytes and the end of the file decide what an image is, never a
// name or a declared type.

#pragma once

#include "jobs/media/media_places.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace nightshift::jobs {

// An image as a gateway hands it over, by value or by link. With neither it was none.
struct Image {
    std::string bytes;
    int lifted = 0;   // its number instead of the bytes (jobs/media/extracted_image)
    std::string url;  // http, https, or a path of the gateway
};

// A value that should be an image: a link, a path, base64 or the mark of one, with or without a
// "data:" prefix and words around it.
Image image_by_value(std::string_view value);

// True when the bytes are an image to its end; one by link or lifted is judged when it is saved.
bool is_whole(const Image& image);

// The first of an item's strings that is one.
Image image_of(const MediaItem& item);

struct ImageText {
    std::vector<Image> images;  // in the order of the text, at most limits::images_max
    std::string caption;        // the text without them and what is written around them, trimmed
};

// Data URLs, base64 and images of Markdown and HTML wherever they are. Only where there are none,
// links to files of images; only where there are none of these either, links that stand alone on
// their line, and then the members of a text that is JSON. A link counts once.
ImageText images_in(std::string_view text);

// Those of a JSON reply, one for each result at the places where gateways put them (an empty Image
// for one that is none); only where there are none, whatever other string is or shows an image.
std::vector<Image> images_in_json(JsonElement root);

}  // namespace nightshift::jobs
