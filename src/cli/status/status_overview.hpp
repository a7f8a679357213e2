// What `status` tells of a run directory, read from its queue without writing.

#pragma once

#include "cli/input/remembered_config.hpp"
#include "files/artifact_file.hpp"
#include "storage/store.hpp"

#include <nlohmann/json_fwd.hpp>

#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

namespace nightshift::cli {

struct LaneCounts {
    std::map<State, std::int64_t> counts;
    std::int64_t oldest_at = 0;  // queued, of what is under way or held; Unix ms
    LaneCounts& operator+=(const LaneCounts& more);
    std::int64_t of(State state) const;
};

struct ExpiringLink {
    std::string id;
    std::int64_t expires_at = 0;  // Unix ms
};

// What waits or is paused, as the run that is going on has it.
struct LaneWait {
    std::string endpoint, model, waiting, paused;
};

struct Overview {
    std::string dir;
    std::string gateway;  // an origin, "sandbox", or empty: none yet
    std::optional<RememberedConfig> config;
    std::map<std::pair<std::string, std::string>, LaneCounts> lanes;  // endpoint, model
    LaneCounts all;
    std::vector<TroubleGroup> troubles;
    std::vector<ExpiringLink> links;  // that die within 48 h
    std::vector<LaneWait> waits;
    std::vector<std::string> halts;  // why the run sends nothing, in its words
    std::string runner;              // "pid 4121 on host a since ..."; empty: nobody runs it
    Charge spent;
    std::vector<LaneCost> costs;  // by model, dearest first
    std::string currency;         // label of the prices, or empty
    std::int64_t taken_at = 0;    // Unix ms

    // Without prices nothing is known of what was paid.
    bool has_prices() const { return spent.cost > 0 || spent.maybe_cost > 0 || priced; }
    bool priced = false;  // the remembered configuration has prices
};

Overview look_at(const RunFolders& folders, std::int64_t now_ms);

// `by`: endpoint, model, state or kind. `columns`: of the terminal, which the table keeps to by
// leaving out its least important columns; 0: all of them.
std::vector<std::string> lines_of(const Overview& overview, const std::string& by,
                                  std::size_t columns = 0);
nlohmann::ordered_json json_of(const Overview& overview);

}  // namespace nightshift::cli
