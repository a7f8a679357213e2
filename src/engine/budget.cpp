#include "engine/budget.hpp"

namespace nightshift {
namespace {

// Ten times 0.1 is a little more than 1: a budget is not refused for the error of a sum.
constexpr double rounding = 1e-9;

}  // namespace

Budget::Start Budget::may_start(double estimate) const {
    if (!most_) return Start::yes;
    const double most = *most_ * (1 + rounding);
    if (spent_ + estimate > most) return Start::never;
    return spent_ + reserved_ + estimate > most ? Start::wait : Start::yes;
}

void Budget::reserve(std::int64_t row, double estimate) {
    release(row);
    rows_.emplace(row, estimate);
    reserved_ += estimate;
}

void Budget::release(std::int64_t row) {
    const auto found = rows_.find(row);
    if (found == rows_.end()) return;
    reserved_ -= found->second;
    rows_.erase(found);
    if (rows_.empty()) reserved_ = 0;  // what is left of rounding
}

}  // namespace nightshift
