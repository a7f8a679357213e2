// One lane while it runs.

#pragma once

#include "base/bounds.hpp"
#include "engine/engine.hpp"
#include "engine/pacing/token_meter.hpp"
#include "engine/polling/lane_polls.hpp"
#include "engine/retry/lane_health.hpp"
#include "engine/retry/retry.hpp"
#include "engine/run/queue.hpp"

namespace nightshift {

struct Engine::LaneState {
    LaneState(Lane the_lane, const Job& the_job, std::shared_ptr<Allowance> the_allowance,
              double poll_interval_s, Random& random)
        : lane(std::move(the_lane)),
          job(the_job),
          allowance(std::move(the_allowance)),
          health(random),
          polls(poll_interval_s, random) {
        polls.wanted = [this] { return waits_for_remote_place(); };
    }
    LaneState(const LaneState&) = delete;
    LaneState& operator=(const LaneState&) = delete;

    Lane lane;
    const Job& job;
    std::shared_ptr<Allowance> allowance;
    LaneHealth health;
    LanePolls polls;
    RetryBudget retry_budget;
    TokenMeter tokens;
    RowBuffer buffer;
    bool exhausted = false;  // the queue has no ready row that is not claimed
    int active = 0;          // rows being worked on
    // ... of these, with a POST under way or its outcome not yet durable; the others are videos
    // that the gateway has.
    std::shared_ptr<int> unsettled = std::make_shared<int>(0);
    int left_at_gateway = 0;        // accepted videos that the run let go of when it stopped
    int model_failures = 0;         // model_unavailable in a row
    std::optional<Failure> closed;  // the model is unavailable: its tasks fail without being sent
    std::int64_t halted_since_ms = 0;      // by `pause`; 0: it is not
    std::string paused;                    // why nothing more of it is sent in this run, or empty
    bool unserved = false;                 // paused because the gateway does not have its endpoint
    std::map<State, std::int64_t> counts;  // what is not terminal counts as pending
    std::int64_t retries = 0, output_bytes = 0;

    // Claimed ahead: so many first tries, or so many bytes of bodies. Retries may have to wait, and
    // must not keep first tries out.
    bool has_enough(std::size_t rows) const {
        return buffer.first_tries() >= rows || buffer.bytes() >= limits::claimed_bytes;
    }

    bool is_tail() const { return exhausted && buffer.first_tries() == 0; }
    bool may_retry(Instant now) const { return retry_budget.allows_retry(now, is_tail()); }
    // Nothing of it will start in this run any more.
    bool is_over() const { return !paused.empty() || (buffer.empty() && exhausted); }
    bool has_ended() const { return is_over() && *unsettled == 0; }
    bool sends = false;  // it has begun, and its end was not told to the lanes beside it
    double tokens_of(const Row& row) const {
        return tokens.before(row.estimate, allowance->counts_reserved());
    }

    bool makes_remote_tasks() const { return job.group == Group::video; }
    // Only a video that ends makes room for the next.
    bool waits_for_remote_place() const {
        if (!makes_remote_tasks() || closed || buffer.empty()) return false;
        return !allowance->has_remote_place();
    }
    // After a model_unavailable one probe at a time goes out, so that at most a few are refused.
    bool probes() const { return model_failures > 0; }
};

}  // namespace nightshift
