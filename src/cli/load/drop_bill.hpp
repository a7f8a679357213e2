// What it means for the purse to drop tasks that were not sent. Pure.

#pragma once

#include "model/price.hpp"
#include "storage/store.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace nightshift::cli {

struct DropBill {
    std::int64_t tasks = 0;
    std::int64_t maybe_paid = 0;  // of these, with an attempt of unknown outcome
    std::int64_t beyond = 0;      // accepted or sent: they go on
    // Estimates in the price table's unit; nothing when a model has no price.
    std::optional<double> cost, cost_maybe_paid, cost_beyond;
};

DropBill drop_bill(const std::vector<Chosen>& unsent, const std::vector<Chosen>& beyond,
                   const PriceTable& prices);

// "12 unsent tasks will be dropped. ...", one to three sentences.
std::string text_of(const DropBill& bill);
// "3 accepted or sent tasks cannot be cancelled: ..."; empty without any.
std::string text_of_beyond(const DropBill& bill);

}  // namespace nightshift::cli
