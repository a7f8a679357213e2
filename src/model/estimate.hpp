// What a task will roughly ask for, before it is sent.

#pragma once

#include <cstdint>

namespace nightshift {

struct Estimate {
    std::int64_t input_tokens = 0;       // rough, English or Chinese: manifest/estimate.hpp
    std::int64_t output_tokens_max = 0;  // 0: the line sets no limit
    std::int64_t images = 0;
    double seconds = 0;           // of video
    std::int64_t characters = 0;  // of speech

    bool operator==(const Estimate&) const = default;
};

}  // namespace nightshift
