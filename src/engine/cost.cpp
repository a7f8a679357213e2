#include "engine/cost.hpp"

namespace nightshift {

double cost_of(const Price& price, const Outcome& outcome, std::size_t characters) {
    constexpr double million = 1e6;
    const auto tokens = [](const std::optional<std::int64_t>& count) {
        return static_cast<double>(count.value_or(0)) / million;
    };
    double cost = price.per_task.value_or(0);
    cost += price.input_per_mtok.value_or(0) * tokens(outcome.usage.input_tokens);
    cost += price.output_per_mtok.value_or(0) * tokens(outcome.usage.output_tokens);
    cost += price.per_character.value_or(0) * static_cast<double>(characters);
    for (const auto& output : outcome.outputs) {
        if (output.media_type.rfind("image/", 0) == 0) cost += price.per_image.value_or(0);
        cost += price.per_second.value_or(0) * output.duration_s.value_or(0);
    }
    return cost;
}

}  // namespace nightshift
