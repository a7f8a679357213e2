#include "jobs/media/image_finder.hpp"

#include "base/base64.hpp"
#include "base/bounds.hpp"
#include "base/text/ascii.hpp"
#include "files/media/media.hpp"
#include "jobs/media/base64_text.hpp"
#include "jobs/media/extracted_image.hpp"
#include "jobs/media/link_finder.hpp"
#include "jobs/media/media_places.hpp"
#include "jobs/protocol/text_reply.hpp"

#include <utf8proc.h>

#include <algorithm>
#include <array>
#include <optional>

namespace nightshift::jobs {
namespace {

constexpr std::size_t data_head_bytes = 200;    // media type and parameters before the base64
constexpr std::size_t data_digits_min = 16;     // "data:image/png;base64,..." may be words
constexpr std::size_t broken_digits_min = 256;  // of base64 that was an image and is cut
constexpr auto npos = std::string_view::npos;

// A stretch of the text and the image that it holds.
struct Spot {
    Span span;
    Image image;
    bool again = false;  // a link that was found before
};

// Where base64 of an image may begin.
struct Start {
    std::size_t begin = 0;    // of the data URL, or of the base64
    std::size_t payload = 0;  // of the base64
    bool declared = false;    // as an image
};

// A data URL whose ";base64" begins at `mark`.
std::optional<Start> data_url_at(std::string_view text, std::size_t mark, std::size_t from) {
    constexpr std::string_view word = ";base64", scheme = "data:";
    if (!starts_folded(text.substr(mark), word)) return std::nullopt;
    auto payload = mark + word.size();
    while (payload < text.size() && text[payload] == ' ') ++payload;
    if (payload == text.size() || text[payload] != ',') return std::nullopt;
    do ++payload;
    while (payload < text.size() && (text[payload] == ' ' || text[payload] == '\n'));
    const auto near = std::max(from, mark - std::min(mark, data_head_bytes));
    const auto head = lower_of(text.substr(near, mark - near));
    const auto begin = head.rfind(scheme);
    if (begin == npos || head.find_first_of(" \t\r\n\"'<>()", begin) != npos) return std::nullopt;
    return Start{.begin = near + begin,
                 .payload = payload,
                 .declared = head.substr(begin + scheme.size()).starts_with("image/")};
}

// Finds the next start of each kind, and looks again only behind what it found.
class Starts {
public:
    explicit Starts(std::string_view text) : text_(text) {
        for (auto& needle : needles_) needle.at = text.find(needle.word);
    }

    // The first that begins at `from` or behind.
    std::optional<Start> next(std::size_t from) {
        while (true) {
            auto& first = first_from(from);
            if (first.at == npos) return std::nullopt;
            const auto at = first.at;
            first.at = text_.find(first.word, at + 1);
            const auto start = start_at(first.word, at, from);
            if (start) return start;
        }
    }

private:
    struct Needle {
        std::string_view word;
        std::size_t at;
    };

    Needle& first_from(std::size_t from) {
        for (auto& needle : needles_) {
            if (needle.at < from) needle.at = text_.find(needle.word, from);
        }
        return *std::min_element(needles_.begin(), needles_.end(),
                                 [](const Needle& a, const Needle& b) { return a.at < b.at; });
    }

    std::optional<Start> start_at(std::string_view word, std::size_t at, std::size_t from) const {
        if (word == ";") return data_url_at(text_, at, from);
        const char before = at == 0 ? ' ' : text_[at - 1];
        const bool inside = is_ascii_alnum(before) || before == '+' || before == '/';
        if (inside && at > from) return std::nullopt;
        return Start{.begin = at, .payload = at, .declared = false};
    }

    std::string_view text_;
    std::array<Needle, 8> needles_ = {{{";", 0},
                                       {"iVBOR", 0},
                                       {"/9j/", 0},
                                       {"_9j_", 0},
                                       {"\\/9j\\/", 0},
                                       {"R0lGOD", 0},
                                       {"UklGR", 0},
                                       {"====lifted-", 0}}};
};

bool is_whole_image(std::string_view bytes) {
    const auto facts = facts_of(bytes);
    return is_image(facts.format) && facts.complete;
}

// How many of the lines are the image: the least that make it whole, else all.
std::size_t lines_of_image(const Base64Text& base64, std::string_view all) {
    auto most = base64.lines();
    if (most < 2) return most;
    if (!is_whole_image(all)) return base64.is_ragged() ? most - 1 : most;
    if (!is_whole_image(base64.bytes(most - 1))) return most;
    for (std::size_t least = 0; most - least > 1;) {
        const auto middle = least + (most - least) / 2;
        (is_whole_image(base64.bytes(middle)) ? most : least) = middle;
    }
    return most;
}

std::optional<Spot> lifted_at(std::string_view text, const Start& start) {
    const auto rest = text.substr(start.payload);
    const auto run = rest.substr(0, base64_run(rest));
    const auto lifted = lifted_by(run);
    if (!lifted) return std::nullopt;
    return Spot{.span = {start.begin, start.payload + run.size()},
                .image = {.bytes = {}, .lifted = lifted->index, .url = {}},
                .again = false};
}

std::optional<Spot> image_at(std::string_view text, const Start& start) {
    if (auto lifted = lifted_at(text, start)) return lifted;
    const bool begins = begins_like_base64_of_an_image(text.substr(start.payload));
    if (!begins && !start.declared) return std::nullopt;
    const Base64Text base64(text, start.payload);
    auto bytes = base64.bytes(base64.lines());
    const auto lines = lines_of_image(base64, bytes);
    if (lines < base64.lines()) bytes = base64.bytes(lines);
    const auto digits_min = start.declared ? data_digits_min : broken_digits_min;
    if (base64.digits() < digits_min && !is_whole_image(bytes)) return std::nullopt;
    return Spot{.span = {start.begin, base64.end(lines)},
                .image = {.bytes = std::move(bytes), .lifted = 0, .url = {}},
                .again = false};
}

std::vector<Spot> coded_images(std::string_view text) {
    std::vector<Spot> spots;
    Starts starts(text);
    for (std::size_t from = 0; spots.size() < limits::images_max;) {
        const auto start = starts.next(from);
        if (!start) break;
        auto spot = image_at(text, *start);
        from = spot ? spot->span.end : start->payload;
        if (!spot) continue;
        spot->span = frame_of(text, spot->span).span;
        spots.push_back(std::move(*spot));
    }
    return spots;
}

bool is_there(const Image& image) {
    return !image.bytes.empty() || image.lifted > 0 || !image.url.empty();
}

template <class Takes>
void add_links(const std::vector<Link>& links, std::vector<Spot>& spots, Takes takes) {
    for (const auto& link : links) {
        if (!takes(link)) continue;
        const bool known = std::any_of(spots.begin(), spots.end(), [&link](const Spot& spot) {
            return spot.image.url == link.url;
        });
        if (!known && spots.size() == limits::images_max) return;
        // One that is there again goes from the caption, too.
        spots.push_back({.span = link.frame.span,
                         .image = {.bytes = {}, .lifted = 0, .url = link.url},
                         .again = known});
    }
}

// Drops links that stand inside of a coded image, such as in its alternative text.
std::vector<Link> links_beside(std::string_view text, const std::vector<Spot>& spots) {
    auto links = links_in(text);
    const auto covered = [&spots](const Link& link) {
        return std::any_of(spots.begin(), spots.end(), [&link](const Spot& spot) {
            return link.frame.span.begin < spot.span.end && spot.span.begin < link.frame.span.end;
        });
    };
    links.erase(std::remove_if(links.begin(), links.end(), covered), links.end());
    return links;
}

// True when there is more in it than marks that stood around an image.
bool says_something(std::string_view text) {
    for (std::size_t at = 0; at < text.size();) {
        utf8proc_int32_t c = -1;
        const auto rest = text.substr(at, 4);
        const auto bytes = utf8proc_iterate(reinterpret_cast<const utf8proc_uint8_t*>(rest.data()),
                                            static_cast<utf8proc_ssize_t>(rest.size()), &c);
        at += bytes > 0 ? static_cast<std::size_t>(bytes) : 1;
        const auto kind = c < 0 ? UTF8PROC_CATEGORY_CN : utf8proc_category(c);
        const bool letter = kind >= UTF8PROC_CATEGORY_LU && kind <= UTF8PROC_CATEGORY_NO;
        if (letter || (c >= 0x80 && kind == UTF8PROC_CATEGORY_SO)) return true;
    }
    return false;
}

std::string caption_of(std::string_view text, std::vector<Spot>& spots) {
    std::string caption;
    std::size_t done = 0;
    for (const auto& spot : spots) {
        if (spot.span.begin > done) caption += text.substr(done, spot.span.begin - done);
        done = std::max(done, spot.span.end);
    }
    caption += text.substr(done);
    if (!spots.empty() && !says_something(caption)) return {};
    return std::string(trimmed(caption));
}

std::string_view without_fence(std::string_view text) {
    text = trimmed(text);
    if (!text.starts_with("```") || !text.ends_with("```") || text.size() < 6) return text;
    const auto line = text.find('\n');
    if (line == npos) return text;
    return trimmed(text.substr(line, text.size() - line - 3));
}

std::vector<Image> images_of(const std::vector<MediaItem>& items) {
    std::vector<Image> images;
    for (const auto& item : items) {
        if (images.size() == limits::images_max) break;
        auto image = image_of(item);
        const bool again = !image.url.empty() &&
                           std::any_of(images.begin(), images.end(), [&image](const Image& known) {
                               return known.url == image.url;
                           });
        if (!again) images.push_back(std::move(image));
    }
    return images;
}

bool has_any(const std::vector<Image>& images) {
    return std::any_of(images.begin(), images.end(), is_there);
}

std::vector<Image> images_of_json_text(std::string_view text) {
    text = without_fence(text);
    if (!text.starts_with('{') && !text.starts_with('[')) return {};
    const auto json = Json::parse(text);
    auto images = json ? images_of(image_items(json->root())) : std::vector<Image>();
    return has_any(images) ? images : std::vector<Image>();
}

// A link that stands alone is an image only where nothing else can be meant by it.
std::vector<Spot> spots_of(std::string_view text, bool alone_is_enough) {
    auto spots = coded_images(text);
    const auto links = links_beside(text, spots);
    add_links(links, spots, [](const Link& link) { return link.frame.markup == Markup::image; });
    if (spots.empty()) {
        add_links(links, spots, [](const Link& link) { return names_an_image(link.url); });
    }
    if (spots.empty() && alone_is_enough) {
        // A link with a name may lead anywhere, though it stands alone.
        add_links(links, spots,
                  [](const Link& link) { return link.alone && link.frame.markup == Markup::none; });
    }
    std::stable_sort(spots.begin(), spots.end(),
                     [](const Spot& a, const Spot& b) { return a.span.begin < b.span.begin; });
    return spots;
}

void move_images(std::vector<Spot> spots, std::vector<Image>& images) {
    for (auto& spot : spots) {
        if (!spot.again) images.push_back(std::move(spot.image));
    }
}

}  // namespace

Image image_by_value(std::string_view value) {
    value = trimmed(value);
    const auto data = base64_in(value);
    if (const auto lifted = data ? lifted_by(*data) : std::nullopt) {
        return {.bytes = {}, .lifted = lifted->index, .url = {}};
    }
    if (auto bytes = decode_base64(value); bytes && is_image(format_of(*bytes))) {
        return {.bytes = std::move(*bytes), .lifted = 0, .url = {}};
    }
    if (auto url = link_by_value(value); !url.empty()) {
        return {.bytes = {}, .lifted = 0, .url = std::move(url)};
    }
    auto found = images_in(value);
    if (!found.images.empty()) return std::move(found.images.front());
    return {.bytes = {}, .lifted = 0, .url = path_by_value(value)};
}

bool is_whole(const Image& image) {
    return image.lifted > 0 || !image.url.empty() || is_whole_image(image.bytes);
}

Image image_of(const MediaItem& item) {
    for (const auto value : item.values) {
        auto image = image_by_value(value);
        if (is_there(image)) return image;
    }
    return {};
}

ImageText images_in(std::string_view text) {
    auto spots = spots_of(text, true);
    ImageText found;
    found.caption = caption_of(text, spots);
    move_images(std::move(spots), found.images);
    if (found.images.empty()) found.images = images_of_json_text(text);
    return found;
}

std::vector<Image> images_in_json(JsonElement root) {
    auto images = images_of(image_items(root));
    if (has_any(images)) return images;
    std::vector<Image> others;
    for (const auto text : other_strings(root)) {
        move_images(spots_of(text, false), others);
        if (others.size() >= limits::images_max) break;
    }
    return has_any(others) ? others : images;
}

}  // namespace nightshift::jobs
