// Estimates of tasks and prices of models, as the configuration gives them (contract section 7), in
// its own unit.

#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace nightshift {

// The size of a task before it is sent, roughly.
struct Estimate {
    std::int64_t input_tokens = 0;       // rough, English or Chinese: manifest/estimate.hpp
    std::int64_t output_tokens_max = 0;  // 0: the line sets no limit
    std::int64_t images = 0;
    double seconds = 0;           // of video
    std::int64_t characters = 0;  // of speech

    bool operator==(const Estimate&) const = default;
};

struct Price {
    std::optional<double> input_per_mtok, output_per_mtok;  // per million tokens
    // Of input tokens that a cache held, or took. Absent: as all other input.
    std::optional<double> cached_input_per_mtok, cache_write_per_mtok;
    std::optional<double> per_image, per_second, per_character, per_task;
};

using PriceTable = std::vector<std::pair<std::string, Price>>;  // model name or glob

// A price by its exact name goes first, then the longest glob; nullptr when nothing matches.
const Price* price_of(const PriceTable& table, std::string_view model);

// The cost of one task, or of `tasks` tasks whose estimates are summed up. `output_tokens`: the
// tokens they will write, which the estimate only bounds.
double estimated_cost(const Price& price, const Estimate& estimate, double output_tokens,
                      std::int64_t tasks = 1);

}  // namespace nightshift
