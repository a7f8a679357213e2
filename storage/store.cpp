#include "storage/store.hpp"

#include <array>

namespace nightshift {
namespace {

constexpr std::array<std::string_view, 7> state_names = {
    "pending", "running", "submitted", "succeeded", "failed", "held", "cancelled"};

}  // namespace

std::string_view name_of(State state) {
    return state_names.at(static_cast<std::size_t>(state));
}

Charge& Charge::operator+=(const Charge& more) {
    cost += more.cost;
    maybe_cost += more.maybe_cost;
    estimated_cost += more.estimated_cost;
    return *this;
}

Charge operator-(Charge left, const Charge& right) {
    left.cost -= right.cost;
    left.maybe_cost -= right.maybe_cost;
    left.estimated_cost -= right.estimated_cost;
    return left;
}

std::vector<Chosen> Store::choose(const Selection& selection) {
    std::vector<Chosen> rows;
    each_chosen(selection, [&rows](Chosen row) { rows.push_back(std::move(row)); });
    return rows;
}

std::optional<State> state_named(std::string_view name) {
    for (std::size_t i = 0; i < state_names.size(); ++i) {
        if (state_names[i] == name) return static_cast<State>(i);
    }
    return std::nullopt;
}

}  // namespace nightshift
