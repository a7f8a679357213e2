// Pictures for models that write text: `images` of a short line, as each protocol has them.

#include "json/json_builder.hpp"
#include "json/json_scan.hpp"
#include "manifest/line_draft.hpp"

#include <fmt/format.h>

#include <optional>
#include <string>
#include <string_view>

namespace nightshift {
namespace {

// "data:image/png;base64,iVBO..."
struct DataUrl {
    std::string_view media_type, data;
};

std::optional<DataUrl> data_url_in(std::string_view text) {
    static constexpr std::string_view scheme = "data:", encoding = ";base64,";
    const std::size_t comma = text.substr(0, 200).find(encoding);
    if (!text.starts_with(scheme) || comma == std::string_view::npos) return std::nullopt;
    const DataUrl url{text.substr(scheme.size(), comma - scheme.size()),
                      text.substr(comma + encoding.size())};
    const bool is_image = url.media_type.starts_with("image/") &&
                          url.media_type.find_first_of("\"\\; ") == std::string_view::npos;
    if (!is_image || url.data.empty()) return std::nullopt;
    return url;
}

// "" when the element can be sent.
std::string problem_of(std::string_view text, bool takes_links, const LineOptions& options) {
    if (text.starts_with("data:")) {
        if (data_url_in(text)) return {};
        return "is not an image as a data URL (data:image/png;base64,...)";
    }
    if (!takes_links) return "is a link, and this protocol takes none";
    if (options.problem_of_media_url) return options.problem_of_media_url(text);
    const bool is_link = text.starts_with("https://") || text.starts_with("http://");
    return is_link ? std::string() : "is not an http(s) link";
}

std::string part_of(std::string_view text, std::string_view raw, Shape shape) {
    const auto url = data_url_in(text);
    if (shape == Shape::chat_messages) {
        return fmt::format(R"({{"type":"image_url","image_url":{{"url":{}}}}})", raw);
    }
    if (shape == Shape::anthropic_messages && !url) {
        return fmt::format(R"({{"type":"image","source":{{"type":"url","url":{}}}}})", raw);
    }
    const std::string type = url ? json_quote(url->media_type) : "\"\"";
    const std::string data = url ? json_quote(url->data) : std::string(raw);
    if (shape == Shape::anthropic_messages) {
        return fmt::format(
            R"({{"type":"image","source":{{"type":"base64","media_type":{},"data":{}}}}})", type,
            data);
    }
    return fmt::format(R"({{"inlineData":{{"mimeType":{},"data":{}}}}})", type, data);
}

}  // namespace

bool append_image_parts(const Field& images, const LineContext& context, const Draft& draft,
                        std::string& parts, Complaints& complaints) {
    const Shape shape = draft.spec->shape;
    const int before = complaints.errors();
    JsonElements elements(images.raw);
    std::string_view raw;
    for (std::size_t i = 0; elements.next(raw); ++i) {
        const auto at = fmt::format("/images/{}", i);
        if (raw.size() < 2 || raw[0] != '"') continue;  // told by the schema
        const auto inside = raw.substr(1, raw.size() - 2);
        std::string plain;
        const bool has_escapes = inside.find('\\') != std::string_view::npos;
        if (has_escapes) plain = unescaped_json(inside);
        const std::string_view text = has_escapes ? std::string_view(plain) : inside;
        const auto problem = problem_of(text, shape != Shape::gemini_contents, context.options);
        if (!problem.empty()) {
            complaints.error(at, fmt::format("\"images[{}]\" {}", i, problem),
                             shape == Shape::gemini_contents
                                 ? "give the image as a data URL; {{alias.data_url}} of `files` is "
                                   "one"
                                 : "give a public https link or a data URL");
        }
        parts += part_of(text, raw, shape) + ',';
    }
    return complaints.errors() == before;
}

}  // namespace nightshift
