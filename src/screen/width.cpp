#include "screen/width.hpp"

#include "base/text/terminal_text.hpp"

#include <algorithm>
#include <utf8proc.h>

namespace nightshift::screen {
namespace {

std::string spaces_to(std::string_view text, std::size_t columns) {
    const auto width = display_width(text);
    return std::string(width < columns ? columns - width : 0, ' ');
}

}  // namespace

std::size_t display_width(std::string_view text) {
    std::size_t width = 0;
    while (!text.empty()) {
        utf8proc_int32_t c = 0;
        const auto length = utf8proc_iterate(reinterpret_cast<const utf8proc_uint8_t*>(text.data()),
                                             static_cast<utf8proc_ssize_t>(text.size()), &c);
        if (length <= 0) return width + text.size();
        width += static_cast<std::size_t>(std::max(0, utf8proc_charwidth(c)));
        text.remove_prefix(static_cast<std::size_t>(length));
    }
    return width;
}

std::string cut_to_width(std::string_view text, std::size_t columns) {
    if (display_width(text) <= columns) return std::string(text);
    const std::string dots(std::min<std::size_t>(3, columns), '.');
    std::size_t width = dots.size(), end = 0;
    while (end < text.size()) {
        const auto length = std::max<std::size_t>(1, utf8_length(text.substr(end)));
        width += display_width(text.substr(end, length));
        if (width > columns) break;
        end += length;
    }
    return std::string(text.substr(0, end)) + dots;
}

std::string cut_in_middle(std::string_view text, std::size_t columns) {
    const auto width = display_width(text);
    if (width <= columns || columns < 8) return cut_to_width(text, columns);
    const auto end_columns = (columns - 3) / 2;
    std::size_t begin = 0, skipped = 0;
    while (width - skipped > end_columns) {
        const auto length = std::max<std::size_t>(1, utf8_length(text.substr(begin)));
        skipped += display_width(text.substr(begin, length));
        begin += length;
    }
    return cut_to_width(text, columns - end_columns) + std::string(text.substr(begin));
}

std::string padded(std::string_view text, std::size_t columns) {
    return std::string(text) + spaces_to(text, columns);
}

std::string right_aligned(std::string_view text, std::size_t columns) {
    return spaces_to(text, columns) + std::string(text);
}

}  // namespace nightshift::screen
