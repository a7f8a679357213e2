#include "core/price.hpp"

#include "core/glob.hpp"

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

}  // namespace nightshift
