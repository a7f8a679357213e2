#include "storage/store.hpp"

namespace nightshift {

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

}  // namespace nightshift
