// Notes that mean: this task is paid, only its result is still to be fetched (Attempt::recall).

#pragma once

#include <array>
#include <string_view>

namespace nightshift::jobs {

inline constexpr std::string_view paid_reply_key = "paid_reply";    // of images: the whole reply
inline constexpr std::string_view result_link_key = "result_link";  // of speech

inline constexpr std::array<std::string_view, 2> paid_notes = {paid_reply_key, result_link_key};

}  // namespace nightshift::jobs
