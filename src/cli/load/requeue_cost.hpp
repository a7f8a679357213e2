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

// Of the tasks of both.
ResendBill& operator+=(ResendBill& bill, const ResendBill& more);

ResendBill resend_bill(const std::vector<Chosen>& rows, const PriceTable& prices);

// Estimated, of sending each once; nothing when a model has no price.
std::optional<double> cost_of_sending(const std::vector<Chosen>& rows, const PriceTable& prices);

// Nothing when one of them is not known.
std::optional<double> sum_if_both(const std::optional<double>& one,
                                  const std::optional<double>& other);

// " (estimated at 3.2)", or nothing.
std::string estimate_text(const std::optional<double>& cost);

// "12 tasks will be sent again ...", one to three sentences.
std::string text_of(const ResendBill& bill);

// What it means for the purse to drop tasks that were not sent, and to give up held ones. Pure.

struct DropBill {
    std::int64_t tasks = 0;
    std::int64_t held = 0;        // of these
    std::int64_t maybe_paid = 0;  // of these, held or not, with an attempt of unknown outcome
    std::int64_t beyond = 0;      // accepted or sent: they go on
    // Estimates in the price table's unit; nothing when a model has no price.
    std::optional<double> cost, cost_maybe_paid, cost_beyond;
};

// Of the tasks of both.
DropBill& operator+=(DropBill& bill, const DropBill& more);

// `dropped`: pending or held; `beyond`: running or submitted.
DropBill drop_bill(const std::vector<Chosen>& dropped, const std::vector<Chosen>& beyond,
                   const PriceTable& prices);

// "12 unsent tasks will be dropped. ...", one to four sentences.
std::string text_of(const DropBill& bill);
// "3 accepted or sent tasks cannot be cancelled: ..."; empty without any.
std::string text_of_beyond(const DropBill& bill);

}  // namespace nightshift::cli
