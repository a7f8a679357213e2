// What the user chose about a run.

#pragma once

#include "engine/retry/resend.hpp"
#include "engine/retry/retry.hpp"
#include "model/limit_rule.hpp"
#include "model/price.hpp"

#include <exception>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace nightshift {

// Beside the endpoints in EngineOptions::timeout_s: a stream may be silent for so long.
inline constexpr std::string_view stream_idle_word = "stream_idle";

struct EngineOptions {
    int concurrency = 64;
    RetryRules retry;
    double poll_interval_s = 15;
    double deadline_s = 25 * 3600;
    std::map<std::string, double> timeout_s;   // by endpoint; absent: the job's own
    std::map<std::string, ResendRule> resend;  // by endpoint; absent: the job's own
    std::vector<LimitRule> limits;
    PriceTable prices;
    std::string currency;          // a label of the prices, for people; may be empty
    std::optional<double> budget;  // in the price table's unit, of the whole run directory
    double max_duration_s = 0;     // 0: none
    bool fail_fast = false;
    std::string outputs;       // pattern of output files (model/output_pattern); empty: "{id}"
    bool text_files = false;  // text answers become files, too
};

// Why a run ends before its work is done.

enum class StopCause {
    none,
    credentials,    // exit 4
    quota,          // exit 6: quota, balance, --budget, --max-duration; polls and fetches go on
    misconfigured,  // exit 5
    interrupted,    // exit 130
    terminated,     // exit 143
    storage,        // exit 7
    in_use,         // exit 8: another process holds the queue
    fail_fast,      // exit 1
};

// A bound that the user set: raised, the run continues.
enum class RunBound { none, budget, duration };

struct Stop {
    StopCause cause = StopCause::none;
    std::string message;
};

// Leaves a job's coroutine when the run stops: its row stays as it is.
class Stopped : public std::exception {
public:
    const char* what() const noexcept override { return "the run stops"; }
};

}  // namespace nightshift
