// Images that were lifted: taken out of a reply as it arrived. In its text a mark stands for each
// of them, of base64's own characters, and yet no base64, as it begins with padding.

#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace nightshift::jobs {

struct Lifted {
    int index = 0;  // from 1: which of its reply, in the order of the text
    std::uint64_t bytes = 0;
};

// "====lifted-<index>-<bytes>===="
std::string mark_of(const Lifted& lifted);
// What a text that is nothing but a mark stands for.
std::optional<Lifted> lifted_by(std::string_view mark);
// The text with whatever `put` makes of each mark in its place.
std::string replace_marks(std::string_view text,
                          const std::function<std::string(const Lifted&)>& put);

}  // namespace nightshift::jobs
