#include "cli/load/drop_bill.hpp"

#include "cli/load/resend_bill.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

namespace nightshift::cli {
namespace {

const char* plural(std::int64_t count) {
    return count == 1 ? "" : "s";
}

}  // namespace

DropBill drop_bill(const std::vector<Chosen>& unsent, const std::vector<Chosen>& beyond,
                   const PriceTable& prices) {
    std::vector<Chosen> maybe_paid;
    std::copy_if(unsent.begin(), unsent.end(), std::back_inserter(maybe_paid),
                 [](const Chosen& row) { return row.maybe_billed > 0; });
    return {.tasks = static_cast<std::int64_t>(unsent.size()),
            .maybe_paid = static_cast<std::int64_t>(maybe_paid.size()),
            .beyond = static_cast<std::int64_t>(beyond.size()),
            .cost = cost_of_sending(unsent, prices),
            .cost_maybe_paid = cost_of_sending(maybe_paid, prices),
            .cost_beyond = cost_of_sending(beyond, prices)};
}

std::string text_of(const DropBill& bill) {
    auto text = fmt::format("{} unsent task{} will be dropped.", bill.tasks, plural(bill.tasks));
    if (bill.tasks > 0 && bill.cost) {
        text += fmt::format(" That saves an estimated {:.4g}.", *bill.cost);
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
        "{} accepted or sent task{} cannot be cancelled: they go on and are billed{}", bill.beyond,
        plural(bill.beyond), estimate_text(bill.cost_beyond));
}

}  // namespace nightshift::cli
