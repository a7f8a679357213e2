#include "model/price.hpp"

#include "base/text/glob.hpp"

namespace nightshift {

const Price* price_of(const PriceTable& table, std::string_view model) {
    const PriceTable::value_type* best = nullptr;
    for (const auto& entry : table) {
        if (entry.first == model) return &entry.second;
        if (!glob_matches(entry.first, model)) continue;
        if (best == nullptr || entry.first.size() > best->first.size()) best = &entry;
    }
    return best == nullptr ? nullptr : &best->second;
}

double estimated_cost(const Price& price, const Estimate& estimate, double output_tokens,
                      std::int64_t tasks) {
    const auto of = [](const std::optional<double>& rate, double amount) {
        return rate.value_or(0) * amount;
    };
    return of(price.input_per_mtok, static_cast<double>(estimate.input_tokens) / 1e6) +
           of(price.output_per_mtok, output_tokens / 1e6) +
           of(price.per_image, static_cast<double>(estimate.images)) +
           of(price.per_second, estimate.seconds) +
           of(price.per_character, static_cast<double>(estimate.characters)) +
           of(price.per_task, static_cast<double>(tasks));
}

}  // namespace nightshift
