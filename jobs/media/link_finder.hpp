// Links in a text: among words of any language, in Markdown, HTML or JSON.

#pragma once

#include "jobs/media/markup.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace nightshift::jobs {

struct Link {
    std::string url;     // http or https; what JSON, HTML and Markdown escape is undone
    Frame frame;         // where it stands, with what belongs to it
    bool alone = false;  // no other words on its lines
};

// In the order of the text, at most limits::links_max. A link ends where its brackets or quotes
// close, at white space and at punctuation that is not ASCII's; stops and marks behind it are not
// part of it.
std::vector<Link> links_in(std::string_view text);

// The link that a value is, white space aside; "" when it is none.
std::string link_by_value(std::string_view value);

// The value where it is a path of the gateway itself ("/files/1"); "" when it is none.
std::string path_by_value(std::string_view value);

// True when a URL names a file of an image or a sound: by an extension in its path or query, or by
// a media type in its query.
bool names_an_image(std::string_view url);
bool names_a_sound(std::string_view url);

}  // namespace nightshift::jobs
