// What it means for the purse to send tasks again. Pure.

#pragma once

#include "model/price.hpp"
#include "storage/store.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace nightshift::cli {

struct ResendBill {
    std::int64_t tasks = 0;
    std::map<State, std::int64_t> by_state;
    std::int64_t polls_again = 0;  // asked for at the gateway first: nothing is paid
    std::int64_t paid = 0;         // succeeded: paid, and paid again
    std::int64_t maybe_paid = 0;   // held, or with an attempt of unknown outcome
    // In the price table's unit; nothing when a model has no price.
    std::optional<double> cost, cost_twice;

    std::int64_t twice() const { return paid + maybe_paid; }
};

ResendBill resend_bill(const std::vector<Chosen>& rows, const PriceTable& prices);

// Estimated, of sending each once; nothing when a model has no price.
std::optional<double> cost_of_sending(const std::vector<Chosen>& rows, const PriceTable& prices);

// " (estimated at 3.2)", or nothing.
std::string estimate_text(const std::optional<double>& cost);

// "12 tasks will be sent again ...", one to three sentences.
std::string text_of(const ResendBill& bill);

}  // namespace nightshift::cli
