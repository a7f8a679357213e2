// The constructs around a link or an image: Markdown, HTML, BBCode, quotes, brackets, code fences.

#pragma once

#include <cstddef>
#include <string_view>

namespace nightshift::jobs {

struct Span {
    std::size_t begin = 0, end = 0;
};

enum class Markup {
    none,   // words, quotes, brackets
    link,   // "[words](inner)", <a href="inner">
    image,  // "![words](inner)", <img src="inner">, "[img]inner[/img]"
};

struct Frame {
    Span span;  // of all that belongs to the inner part, itself included
    Markup markup = Markup::none;
};

// Constructs that are never closed count as far as they go. Looks a bounded way in both directions.
Frame frame_of(std::string_view text, Span inner);

// The mark that opens right before a destination, as far as it decides where that ends.
struct Opening {
    enum class Kind { words, markdown, angle, quote } kind = Kind::words;
    char quote = '\0';
    bool in_tag = false;  // of HTML: "&amp;" stands for "&"
};
Opening opening_before(std::string_view text, std::size_t at);

}  // namespace nightshift::jobs
