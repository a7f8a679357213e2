#include "engine/pacing/token_meter.hpp"

#include <algorithm>

namespace nightshift {
namespace {

constexpr double output_unknown = 1000;  // tokens of an answer that nothing is known of
constexpr int settled = 50;              // replies after which each counts for a fiftieth

}  // namespace

double TokenMeter::before(const Estimate& estimate, bool as_reserved) const {
    const auto input = static_cast<double>(estimate.input_tokens);
    const auto most = static_cast<double>(estimate.output_tokens_max);
    if (as_reserved) return input + (most > 0 ? most : output_unknown);
    const double expected = known_ > 0 ? mean_output_ : output_unknown;
    return input + (most > 0 ? std::min(most, expected) : expected);
}

void TokenMeter::learn(double output) {
    known_ = std::min(known_ + 1, settled);
    mean_output_ += (output - mean_output_) / known_;
}

}  // namespace nightshift
