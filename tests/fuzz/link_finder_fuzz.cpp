// A text by a model, to be looked through for links. They are links, lie within the text, and are
// found again when they stand alone; and a link is found whatever is written before and behind it.

#include "jobs/media/link_finder.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdlib>

using namespace nightshift::jobs;

namespace {

struct Around {
    const char *before, *after;
};

constexpr std::array<Around, 12> arounds = {{{"", ""},
                                             {"\xEF\xBC\x9A", "\xE3\x80\x82"},
                                             {"(", ")"},
                                             {"\"", "\""},
                                             {"`", "`"},
                                             {"**", "**"},
                                             {"![a](", ")"},
                                             {"[a](", " \"t\")"},
                                             {"<", ">"},
                                             {"<img src=\"", "\">"},
                                             {"\xE3\x80\x8C", "\xE3\x80\x8D"},
                                             {"- ", "."}}};

void check(const Link& link, std::string_view text) {
    const auto& span = link.frame.span;
    if (span.begin >= span.end || span.end > text.size()) abort();
    if (!link.url.starts_with("http://") && !link.url.starts_with("https://")) abort();
    if (link.url.find_first_of("\" <>\t\r\n`\\") != link.url.npos) abort();
    if (text.find('\\') != text.npos) return;  // what an escape stands for may end a link elsewhere
    const auto again = links_in("<" + link.url + ">");
    if (again.size() != 1 || again[0].url != link.url) abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    for (const auto& link : links_in(text)) check(link, text);
    link_by_value(text);
    names_an_image(text);
    names_a_sound(text);
    if (size == 0) return 0;
    const auto& around = arounds[data[0] % arounds.size()];
    const std::string known = "https://known.example/a_(1).png?b=%2F&c=d=";
    const auto half = text.substr(0, size / 2), rest = text.substr(size / 2);
    std::string all(half);
    all.append("\n").append(around.before).append(known).append(around.after).append("\n");
    const auto links = links_in(all.append(rest));
    const bool found = std::any_of(links.begin(), links.end(),
                                   [&known](const Link& link) { return link.url == known; });
    if (!found && links.size() < 256) abort();
    return 0;
}
