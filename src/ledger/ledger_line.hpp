// One line of ledger.jsonl: every column in every line (contract section 5, schema 1).

#pragma once

#include "base/failure.hpp"
#include "jobs/protocol/job.hpp"
#include "storage/store.hpp"

#include <cstdint>
#include <optional>
#include <string>

namespace nightshift {

// What a terminal task came to.
struct Closing {
    State state = State::succeeded;
    Outcome outcome;                 // of a success; of a failure what it answered
    std::optional<Failure> failure;  // with failed and held
    int http_status = 0;
    std::string request_id;
    std::int64_t finished_at = 0;  // Unix ms
    std::optional<std::int64_t> latency_ms;
    std::optional<double> cost;
    std::string gateway = {};  // origin that the task was run against, or "sandbox"
};

// Without the line feed. `row` holds the counts as they are after the ending.
std::string ledger_line(const Row& row, const Closing& closing);

}  // namespace nightshift

// The ledger line of a task that was dropped before it was sent. `gateway`: of its run directory,
// empty when that has none yet.

namespace nightshift::cli {

std::string cancelled_line(const Row& row, std::int64_t now, const std::string& gateway);

}  // namespace nightshift::cli
