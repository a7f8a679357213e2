// nightshift status: what is in a run directory. Read-only, works beside a run.

#include "cli/arguments.hpp"
#include "cli/control/ask_run.hpp"
#include "cli/exit_code.hpp"
#include "cli/open_queue.hpp"
#include "core/term_safe.hpp"
#include "core/timestamp.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <array>
#include <chrono>
#include <cstdio>
#include <map>
#include <thread>

namespace nightshift::cli {
namespace {

using Json = nlohmann::ordered_json;
constexpr std::array<State, 7> states = {State::pending,   State::running, State::submitted,
                                         State::succeeded, State::failed,  State::held,
                                         State::cancelled};
constexpr std::int64_t link_warning_ms = 48 * 3600 * 1000ll;

struct LaneCounts {
    std::map<State, std::int64_t> counts;
    std::int64_t oldest_at = 0;
};

struct Overview {
    std::map<std::pair<std::string, std::string>, LaneCounts> lanes;
    LaneCounts all;
    std::vector<std::pair<std::string, std::int64_t>> dying_links;  // id, Unix ms
    std::string runner;
    std::vector<std::string> waiting;  // why the runner sends nothing, in its words
    Charge spent;
};

std::int64_t unix_ms() {
    return std::chrono::duration_cast<std::chrono::milliseconds>(
               std::chrono::system_clock::now().time_since_epoch())
        .count();
}

Overview look(const RunFolders& folders) {
    Overview overview;
    const auto store = open_for_reading(folders);
    for (const auto& row : store->counts()) {
        auto& lane = overview.lanes[{row.endpoint, row.model}];
        lane.counts[row.state] += row.count;
        overview.all.counts[row.state] += row.count;
        for (auto* each : {&lane, &overview.all}) {
            if (row.oldest_at > 0 && (each->oldest_at == 0 || row.oldest_at < each->oldest_at)) {
                each->oldest_at = row.oldest_at;
            }
        }
    }
    for (const auto& row : store->unfinished(State::submitted)) {
        const auto noted = row.notes.find("link_expires_at");
        if (noted == row.notes.end()) continue;
        const auto expires_ms = std::atoll(noted->second.c_str()) * 1000;
        if (expires_ms > 0 && expires_ms - unix_ms() < link_warning_ms) {
            overview.dying_links.emplace_back(row.id, expires_ms);
        }
    }
    overview.spent = store->spent();
    overview.runner = RunLock::holder(folders.hidden() / "lock");
    if (!overview.runner.empty()) overview.waiting = pauses_of(folders);
    return overview;
}

Json json_of(const LaneCounts& lane) {
    Json json = Json::object();
    for (const auto state : states) {
        const auto found = lane.counts.find(state);
        json[std::string(name_of(state))] = found == lane.counts.end() ? 0 : found->second;
    }
    return json;
}

Json json_of(const Overview& overview, const std::string& dir) {
    Json lanes = Json::array();
    for (const auto& [name, lane] : overview.lanes) {
        Json each = {{"endpoint", name.first}, {"model", name.second}};
        each["counts"] = json_of(lane);
        each["oldest_at"] = lane.oldest_at > 0 ? Json(rfc3339(lane.oldest_at)) : Json();
        lanes.push_back(std::move(each));
    }
    Json links = Json::array();
    for (const auto& [id, expires] : overview.dying_links) {
        links.push_back({{"id", id}, {"expires_at", rfc3339(expires)}});
    }
    return {{"schema", 1},
            {"dir", dir},
            {"counts", json_of(overview.all)},
            {"lanes", std::move(lanes)},
            {"cost", overview.spent.cost},
            {"maybe_cost", overview.spent.maybe_cost},
            {"links_about_to_expire", std::move(links)},
            {"runner", overview.runner.empty() ? Json() : Json(overview.runner)},
            {"waiting", overview.waiting}};
}

void print_row(const std::string& name, const LaneCounts& lane) {
    fmt::print("{:<44}", name);
    for (const auto state : states) {
        const auto found = lane.counts.find(state);
        fmt::print("{:>10}", found == lane.counts.end() ? 0 : found->second);
    }
    if (lane.oldest_at > 0) {
        const auto age_s = static_cast<double>(unix_ms() - lane.oldest_at) / 1000;
        fmt::print("{:>9}", short_duration(age_s));
    }
    fmt::print("\n");
}

void print_table(const Overview& overview, const std::string& dir) {
    fmt::print("{:<44}", "endpoint, model");
    for (const auto state : states) fmt::print("{:>10}", name_of(state));
    fmt::print("{:>9}\n", "oldest");
    for (const auto& [name, lane] : overview.lanes) {
        print_row(name.first + ", " + term_safe(name.second, 60), lane);
    }
    print_row("all", overview.all);
    if (overview.spent.cost > 0 || overview.spent.maybe_cost > 0) {
        fmt::print("cost so far {:.4g}", overview.spent.cost);
        const double maybe = overview.spent.maybe_cost;
        if (maybe > 0) fmt::print("; {:.4g} more may have been billed", maybe);
        fmt::print("\n");
    }
    if (!overview.runner.empty()) fmt::print("running: {}\n", overview.runner);
    for (const auto& line : overview.waiting) fmt::print("waiting: {}\n", line);
    for (const auto& [id, expires] : overview.dying_links) {
        fmt::print("the link of {} dies at {}; nightshift run -o {} fetches it\n", term_safe(id),
                   rfc3339(expires), dir);
    }
}

}  // namespace

int status_command(const Arguments& arguments) {
    const auto folders = require_run_folder(arguments.dir);
    for (;;) {
        const auto overview = look(folders);
        if (arguments.common.json) {
            fmt::print("{}\n", json_of(overview, arguments.dir)
                                   .dump(-1, ' ', false, Json::error_handler_t::replace));
        } else {
            print_table(overview, arguments.dir);
        }
        std::fflush(stdout);
        if (!arguments.watch) return exit_ok;
        std::this_thread::sleep_for(std::chrono::seconds(2));
    }
}

}  // namespace nightshift::cli
