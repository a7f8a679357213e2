#include "ledger/cancelled_line.hpp"

#include "ledger/ledger_line.hpp"

namespace nightshift::cli {

std::string cancelled_line(const Row& row, std::int64_t now, const std::string& gateway) {
    Closing closing;
    closing.state = State::cancelled;
    closing.finished_at = now;
    closing.gateway = gateway;
    if (row.cost > 0) closing.cost = row.cost;
    return ledger_line(row, closing);
}

}  // namespace nightshift::cli
