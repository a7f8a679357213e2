// What a run tells while it runs. The screens (src/screen) listen; the engine never prints.

#pragma once

#include "base/clock.hpp"
#include "storage/store.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace nightshift {

struct TaskEvent {
    std::string id, endpoint, model;
    State state = State::succeeded;  // terminal; pending for a retry
    std::string kind, message;       // of a failure
    std::int64_t attempts = 0;
    double latency_s = 0;
    int http_status = 0;  // of this attempt's POST; 0: no reply, or no POST
    bool tried = true;    // false: it ended without an attempt, because of others or by order
};

struct LaneStatus {
    std::string endpoint, model;
    std::int64_t total = 0, succeeded = 0, failed = 0, held = 0, cancelled = 0;
    std::int64_t running = 0, submitted = 0;  // POSTs in flight; accepted videos
    std::int64_t retries = 0;                 // in this run
    // Places: for POSTs in flight, or for accepted videos, as the configuration and what was found
    // out about the gateway have it. Lanes of one share have them together.
    std::int64_t allowed = 0;
    std::string share;
    // Requests that the configured or learned pace lets through; 0: no bound is known. Of a share,
    // as above.
    double per_minute_most = 0;
    double retry_tokens = 0;        // second tries that may be made now
    std::int64_t output_bytes = 0;  // of files, in this run
    std::string waiting;            // why nothing starts, or empty
    std::string paused;             // why nothing will start in this run, or empty
};

struct RunStatus {
    std::vector<LaneStatus> lanes;
    std::int64_t posts = 0, retries = 0, maybe_billed = 0;  // in this run
    std::int64_t flagged = 0;  // succeeded in this run, with a flag: truncated, partial, ...
    // Of the whole run directory; no cost without prices.
    std::optional<double> cost;
    std::string currency;       // label of the prices, or empty
    double estimated_cost = 0;  // what `cost` had been estimated at
    double maybe_cost = 0;      // of requests of unknown outcome: estimates
    std::optional<double> budget;
    std::optional<std::uint64_t> disk_left_bytes;  // where the run directory is
    std::int64_t commits = 0;  // of the queue in this run, and the seconds they took
    double commits_s = 0;
    int in_flight = 0, concurrency = 0;  // of all lanes together; at most
    std::int64_t output_bytes = 0;       // of files, in this run
    std::string notice;                  // of the whole run: an outage, a stop under way; or empty
};

class ProgressListener {
public:
    virtual ~ProgressListener() = default;
    virtual void on_task(const TaskEvent& event) = 0;
    // A video order was taken: its POST is over, its task goes on.
    virtual void on_accepted(const std::string& endpoint, int http_status);
    virtual void on_notice(const std::string& text) = 0;
};

inline void ProgressListener::on_accepted(const std::string&, int) {}

}  // namespace nightshift
