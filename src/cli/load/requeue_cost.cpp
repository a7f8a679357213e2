#include "cli/load/requeue_cost.hpp"

#include "base/bounds.hpp"
#include "base/failure.hpp"
#include "base/text/counted.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <set>
#include <string_view>

namespace nightshift::cli {
namespace {

// What ended so had an answer, or a task at the gateway, that is paid.
bool ends_what_is_paid(const std::string& kind) {
    static const std::set<std::string_view> kinds = {
        name_of(Kind::no_output),  name_of(Kind::truncated),     name_of(Kind::invalid_output),
        name_of(Kind::task_lost),  name_of(Kind::task_deadline), name_of(Kind::result_expired),
        name_of(Kind::unsafe_url), name_of(Kind::bad_media)};
    return kinds.count(kind) > 0;
}

double estimate_of(const Price& price, const Chosen& row) {
    const auto bound = static_cast<double>(row.estimate.output_tokens_max);
    return estimated_cost(price, row.estimate, bound > 0 ? bound : limits::output_tokens_assumed);
}

}  // namespace

std::optional<double> cost_of_sending(const std::vector<Chosen>& rows, const PriceTable& prices) {
    if (prices.empty()) return std::nullopt;
    double cost = 0;
    for (const auto& row : rows) {
        const auto* price = price_of(prices, row.model);
        if (price == nullptr) return std::nullopt;
        cost += estimate_of(*price, row);
    }
    return cost;
}

std::optional<double> sum_if_both(const std::optional<double>& one,
                                  const std::optional<double>& other) {
    if (!one || !other) return std::nullopt;
    return *one + *other;
}

std::string estimate_text(const std::optional<double>& cost) {
    return cost ? fmt::format(" (estimated at {:.4g})", *cost) : "";
}

ResendBill resend_bill(const std::vector<Chosen>& rows, const PriceTable& prices) {
    ResendBill bill;
    bill.tasks = static_cast<std::int64_t>(rows.size());
    double cost = 0, cost_twice = 0;
    bool priced = !prices.empty();
    for (const auto& row : rows) {
        ++bill.by_state[row.state];
        if (row.polls_again) {
            ++bill.polls_again;
            continue;
        }
        const auto* price = price_of(prices, row.model);
        priced = priced && price != nullptr;
        const double estimate = price != nullptr ? estimate_of(*price, row) : 0;
        cost += estimate;
        const bool paid = row.state == State::succeeded;
        const bool maybe = !paid && (row.state == State::held || row.maybe_billed > 0 ||
                                     ends_what_is_paid(row.error_kind));
        bill.paid += paid ? 1 : 0;
        bill.maybe_paid += maybe ? 1 : 0;
        if (paid || maybe) cost_twice += estimate;
    }
    if (priced) {
        bill.cost = cost;
        bill.cost_twice = cost_twice;
    }
    return bill;
}

ResendBill& operator+=(ResendBill& bill, const ResendBill& more) {
    bill.tasks += more.tasks;
    for (const auto& [state, count] : more.by_state) bill.by_state[state] += count;
    bill.polls_again += more.polls_again;
    bill.paid += more.paid;
    bill.maybe_paid += more.maybe_paid;
    bill.cost = sum_if_both(bill.cost, more.cost);
    bill.cost_twice = sum_if_both(bill.cost_twice, more.cost_twice);
    return bill;
}

std::string text_of(const ResendBill& bill) {
    auto text = fmt::format("{} will be sent again{}.", counted(bill.tasks, "task"),
                            estimate_text(bill.cost));
    if (bill.polls_again > 0) {
        text += fmt::format(" {} already at the gateway and {} polled first, free of charge.",
                            bill.polls_again == 1 ? "1 is" : grouped(bill.polls_again) + " are",
                            bill.polls_again == 1 ? "is" : "are");
    }
    if (bill.paid > 0) {
        text += fmt::format(" {} succeeded and {} paid.", grouped(bill.paid),
                            bill.paid == 1 ? "was" : "were");
    }
    if (bill.maybe_paid > 0) {
        text += fmt::format(" {} may have been paid already.", grouped(bill.maybe_paid));
    }
    if (bill.twice() > 0) {
        text += fmt::format(" The gateway may bill {} twice{}.", bill.twice() == 1 ? "it" : "them",
                            estimate_text(bill.cost_twice));
    }
    return text;
}

namespace {

const char* plural(std::int64_t count) {
    return count == 1 ? "" : "s";
}

}  // namespace

DropBill drop_bill(const std::vector<Chosen>& dropped, const std::vector<Chosen>& beyond,
                   const PriceTable& prices) {
    std::vector<Chosen> unsent, maybe_paid;
    for (const auto& row : dropped) {
        if (row.state != State::held) unsent.push_back(row);
        if (row.maybe_billed > 0) maybe_paid.push_back(row);
    }
    return {.tasks = static_cast<std::int64_t>(dropped.size()),
            .held = static_cast<std::int64_t>(dropped.size() - unsent.size()),
            .maybe_paid = static_cast<std::int64_t>(maybe_paid.size()),
            .beyond = static_cast<std::int64_t>(beyond.size()),
            .cost = cost_of_sending(unsent, prices),
            .cost_maybe_paid = cost_of_sending(maybe_paid, prices),
            .cost_beyond = cost_of_sending(beyond, prices)};
}

DropBill& operator+=(DropBill& bill, const DropBill& more) {
    bill.tasks += more.tasks;
    bill.held += more.held;
    bill.maybe_paid += more.maybe_paid;
    bill.beyond += more.beyond;
    bill.cost = sum_if_both(bill.cost, more.cost);
    bill.cost_maybe_paid = sum_if_both(bill.cost_maybe_paid, more.cost_maybe_paid);
    bill.cost_beyond = sum_if_both(bill.cost_beyond, more.cost_beyond);
    return bill;
}

std::string text_of(const DropBill& bill) {
    const auto unsent = bill.tasks - bill.held;
    std::string text;
    if (unsent > 0 || bill.held == 0) {
        text = fmt::format("{} unsent task{} will be dropped.", unsent, plural(unsent));
    }
    if (unsent > 0 && bill.cost) {
        text += fmt::format(" That saves an estimated {:.4g}.", *bill.cost);
    }
    if (bill.held > 0) {
        text += fmt::format("{}{} held task{} will be given up: only `retry` sends {} again.",
                            text.empty() ? "" : " ", bill.held, plural(bill.held),
                            bill.held == 1 ? "it" : "them");
    }
    if (bill.maybe_paid > 0) {
        text += fmt::format(" {} of them may have been paid by an earlier try{}.", bill.maybe_paid,
                            estimate_text(bill.cost_maybe_paid));
    }
    return text;
}

std::string text_of_beyond(const DropBill& bill) {
    if (bill.beyond == 0) return "";
    return fmt::format(
        "{} accepted or sent task{} cannot be cancelled: they finish and are billed{}", bill.beyond,
        plural(bill.beyond), estimate_text(bill.cost_beyond));
}

}  // namespace nightshift::cli
