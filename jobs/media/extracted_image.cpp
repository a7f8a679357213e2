#include "jobs/media/extracted_image.hpp"

#include <fmt/format.h>

#include <charconv>

namespace nightshift::jobs {
namespace {

constexpr std::string_view front = "====lifted-";
constexpr std::string_view back = "====";

template <class Number>
bool take_number(std::string_view& text, Number& number) {
    const auto* end = text.data() + text.size();
    const auto [after, error] = std::from_chars(text.data(), end, number);
    if (error != std::errc() || number <= Number{0}) return false;
    text.remove_prefix(static_cast<std::size_t>(after - text.data()));
    return true;
}

bool take(std::string_view& text, std::string_view what) {
    if (!text.starts_with(what)) return false;
    text.remove_prefix(what.size());
    return true;
}

// The mark at the start of the text, which loses it.
std::optional<Lifted> take_mark(std::string_view& text) {
    Lifted lifted;
    const bool whole = take(text, front) && take_number(text, lifted.index) && take(text, "-") &&
                       take_number(text, lifted.bytes) && take(text, back);
    if (!whole) return std::nullopt;
    return lifted;
}

}  // namespace

std::string mark_of(const Lifted& lifted) {
    return fmt::format("{}{}-{}{}", front, lifted.index, lifted.bytes, back);
}

std::optional<Lifted> lifted_by(std::string_view mark) {
    const auto lifted = take_mark(mark);
    return mark.empty() ? lifted : std::nullopt;
}

std::string replace_marks(std::string_view text,
                          const std::function<std::string(const Lifted&)>& put) {
    std::string out;
    for (auto at = text.find(front); at != text.npos; at = text.find(front)) {
        out += text.substr(0, at);
        text.remove_prefix(at);
        auto rest = text;
        if (const auto lifted = take_mark(rest)) {
            out += put(*lifted);
            text = rest;
        } else {
            out += front;
            text.remove_prefix(front.size());
        }
    }
    return out.append(text);
}

}  // namespace nightshift::jobs
