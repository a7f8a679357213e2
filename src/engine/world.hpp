// Everything the engine touches of the world outside: the seams that the simulator replaces.

#pragma once

#include "core/clock.hpp"
#include "core/random.hpp"
#include "core/workers.hpp"
#include "engine/lanes.hpp"
#include "core/price.hpp"
#include "engine/queue.hpp"
#include "engine/resend.hpp"
#include "engine/retry.hpp"
#include "http/client.hpp"
#include "http/origin.hpp"
#include "output/artifact_file.hpp"
#include "output/reply_log.hpp"

#include <map>
#include <optional>
#include <string>
#include <vector>

namespace nightshift {

struct World {
    boost::asio::io_context& io;
    Clock& clock;
    Random& random;
    http::Transport& transport;
    Queue& queue;
    Workers& files;  // blocking file work: hashes, fsync, renames
    ReplyLog& replies;
    RunFolders folders;
    http::Origin origin;
    std::string key;  // never printed
};

struct EngineOptions {
    int concurrency = 64;
    RetryRules retry;
    double poll_interval_s = 15;
    double deadline_s = 25 * 3600;
    std::map<std::string, double> timeout_s;   // by endpoint; absent: the job's own
    std::map<std::string, ResendRule> resend;  // by endpoint; absent: the job's own
    std::vector<LimitRule> limits;
    PriceTable prices;
    std::optional<double> budget;  // in the price table's unit, of the whole run directory
    double max_duration_s = 0;     // 0: none
    bool fail_fast = false;
    bool text_files = false;  // text answers become files, too
};

}  // namespace nightshift
