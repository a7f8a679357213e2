#include "cli/status/status_overview.hpp"

#include "base/text/counted.hpp"
#include "base/text/shell_word.hpp"
#include "base/text/terminal_text.hpp"
#include "base/timestamp.hpp"
#include "cli/input/open_queue.hpp"
#include "cli/input/run_gateway.hpp"
#include "cli/live/run_client.hpp"
#include "cli/status/live_status_file.hpp"
#include "progress/advice.hpp"
#include "progress/snapshot.hpp"
#include "screen/width.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>

namespace nightshift::cli {
namespace {

using Json = nlohmann::ordered_json;
constexpr std::int64_t link_warning_ms = 48 * 3600 * 1000ll;

Json json_of(const LaneCounts& lane) {
    Json json = Json::object();
    for (const auto state : all_states) json[std::string(name_of(state))] = lane.of(state);
    return json;
}

Json or_null(const std::string& text) {
    return text.empty() ? Json() : Json(text);
}

Json time_or_null(std::int64_t unix_ms) {
    return unix_ms > 0 ? Json(rfc3339(unix_ms)) : Json();
}

// Rows of the table by name, in the order of the lanes.
std::vector<std::pair<std::string, LaneCounts>> rows_by(const Overview& overview,
                                                        const std::string& by) {
    std::vector<std::pair<std::string, LaneCounts>> rows;
    if (by == "state" || by == "kind") return rows;
    for (const auto& [lane, counts] : overview.lanes) {
        const auto name =
            term_safe(lane.first, 60) + (by == "endpoint" ? "" : ", " + term_safe(lane.second, 60));
        if (rows.empty() || rows.back().first != name) rows.push_back({name, {}});
        rows.back().second += counts;
    }
    return rows;
}

std::string age_text(std::int64_t since_ms, std::int64_t now_ms) {
    if (since_ms <= 0) return "-";
    return short_duration(static_cast<double>(now_ms - since_ms) / 1000);
}

// A column of the table: its head and what stands in each row.
struct Column {
    std::string head;
    std::vector<std::string> cells;

    std::size_t width() const {
        auto width = head.size();
        for (const auto& cell : cells) width = std::max(width, cell.size());
        return width;
    }
};

// The order in which columns are left out of a narrow table, last first.
constexpr std::array<State, 9> by_importance = {
    State::failed,  State::held,      State::succeeded, State::pending, State::running,
    State::waiting, State::submitted, State::cancelled, State::skipped};

// Columns in which there is something and for which there is room beside `name_columns`.
std::vector<State> shown_states(const Overview& overview, const std::map<State, Column>& table,
                                std::size_t room) {
    std::vector<State> shown;
    for (const auto state : by_importance) {
        if (overview.all.of(state) == 0) continue;
        const auto width = table.at(state).width() + 2;
        if (width > room) break;
        room -= width;
        shown.push_back(state);
    }
    std::sort(shown.begin(), shown.end(), [](State a, State b) {
        return std::find(all_states.begin(), all_states.end(), a) <
               std::find(all_states.begin(), all_states.end(), b);
    });
    return shown;
}

std::vector<std::string> table(const Overview& overview, const std::string& by,
                               std::size_t columns) {
    auto rows = rows_by(overview, by);
    rows.push_back({"all", overview.all});
    const std::string corner = by == "model" ? "endpoint, model" : by == "endpoint" ? by : "";
    std::size_t width = corner.size();
    for (const auto& row : rows) width = std::max(width, screen::display_width(row.first));
    std::map<State, Column> cells;
    Column oldest{"waiting for", {}};
    for (const auto state : all_states) cells[state].head = name_of(state);
    for (const auto& [name, counts] : rows) {
        for (const auto state : all_states) cells[state].cells.push_back(grouped(counts.of(state)));
        oldest.cells.push_back(age_text(counts.oldest_at, overview.taken_at));
    }
    const std::size_t endless = 10'000;
    const auto total = columns == 0 ? endless : columns;
    if (columns > 0) width = std::min(width, std::max<std::size_t>(columns / 3, 8));
    const auto room = total > width ? total - width : 0;
    const auto states = shown_states(overview, cells, room);
    std::size_t taken = width + oldest.width() + 2;
    for (const auto state : states) taken += cells[state].width() + 2;
    const bool with_oldest = taken <= total && overview.all.oldest_at > 0;
    const auto line_of = [&](const std::string& name, auto text_of) {
        auto line = screen::padded(screen::cut_in_middle(name, width), width);
        for (const auto state : states) {
            line += "  " + screen::right_aligned(text_of(cells[state]), cells[state].width());
        }
        if (with_oldest) line += "  " + screen::right_aligned(text_of(oldest), oldest.width());
        return line;
    };
    std::vector<std::string> lines = {
        line_of(corner, [](const Column& column) { return column.head; })};
    for (std::size_t i = 0; i < rows.size(); ++i) {
        lines.push_back(
            line_of(rows[i].first, [i](const Column& column) { return column.cells[i]; }));
    }
    return lines;
}

// Says whether something runs here, and what resumes it: what is asked first.
std::string runner_line(const Overview& overview) {
    if (!overview.runner.empty()) return "running: " + term_safe(overview.runner);
    std::int64_t open = 0;
    for (const auto state : {State::pending, State::running, State::submitted}) {
        open += overview.all.of(state);
    }
    if (open == 0) return "not running; every task has ended";
    return fmt::format("not running; `nightshift run -o {}{}` resumes {}", shell_word(overview.dir),
                       overview.gateway == sandbox_gateway ? " --sandbox" : "",
                       counted(open, "task"));
}

void add_troubles(const Overview& overview, std::vector<std::string>& lines) {
    for (const auto& trouble : overview.troubles) {
        lines.push_back(fmt::format("{} {} {} of {}, such as {}: {}", name_of(trouble.state),
                                    grouped(trouble.count), screen::kind_text(trouble),
                                    term_safe(trouble.model, 60), term_safe(trouble.id, 60),
                                    screen::message_of(trouble, 200)));
        const auto remark = screen::remark_on(trouble);
        lines.push_back("    " + screen::command_for(trouble, overview.dir) +
                        (remark.empty() ? "" : "  # " + remark));
    }
}

// What the remembered configuration says of money; what is wrong with it is said by a run.
void read_config_text(Overview& overview) {
    std::vector<Problem> problems;
    const auto config = parse_config(overview.config->text, overview.config->path, {}, problems);
    overview.currency = config.run.currency.value_or("");
    overview.priced = !config.prices.empty();
}

}  // namespace

LaneCounts& LaneCounts::operator+=(const LaneCounts& more) {
    for (const auto& [state, count] : more.counts) counts[state] += count;
    const bool older = more.oldest_at > 0 && (oldest_at == 0 || more.oldest_at < oldest_at);
    if (older) oldest_at = more.oldest_at;
    return *this;
}

std::int64_t LaneCounts::of(State state) const {
    const auto found = counts.find(state);
    return found == counts.end() ? 0 : found->second;
}

Overview look_at(const RunFolders& folders, std::int64_t now_ms) {
    Overview overview;
    overview.dir = folders.root.string();
    overview.taken_at = now_ms;
    const auto store = open_for_reading(folders);
    for (const auto& row : store->counts()) {
        LaneCounts counts;
        counts.counts[row.state] = row.count;
        counts.oldest_at = row.oldest_at;
        overview.lanes[{row.endpoint, row.model}] += counts;
        overview.all += counts;
    }
    for (const auto& row : store->unfinished(State::submitted)) {
        const auto noted = row.notes.find("link_expires_at");
        if (noted == row.notes.end()) continue;
        const auto expires_ms = std::atoll(noted->second.c_str()) * 1000;
        if (expires_ms > 0 && expires_ms - now_ms < link_warning_ms) {
            overview.links.push_back({row.id, expires_ms});
        }
    }
    overview.gateway = gateway_of(*store);
    overview.config = remembered_config(folders);
    overview.troubles = store->troubles();
    overview.spent = store->spent();
    if (overview.spent.cost > 0) overview.costs = store->costs();
    if (overview.config) read_config_text(overview);
    overview.runner = RunLock::holder(folders.hidden() / "lock");
    if (!overview.runner.empty()) {
        overview.waits = read_live_waits(folders);
        overview.halts = pauses_of(folders);
    }
    return overview;
}

std::vector<std::string> lines_of(const Overview& overview, const std::string& by,
                                  std::size_t columns) {
    auto lines = table(overview, by, columns);
    lines.insert(lines.begin(), runner_line(overview));
    if (by == "kind") add_troubles(overview, lines);
    if (overview.spent.cost > 0 || overview.spent.maybe_cost > 0) {
        auto line =
            fmt::format("cost so far {:.4g}{}{}", overview.spent.cost,
                        overview.currency.empty() ? "" : " ", term_safe(overview.currency, 16));
        const double maybe = overview.spent.maybe_cost;
        if (maybe > 0) line += fmt::format("; {:.4g} more may have been billed", maybe);
        lines.push_back(line);
        if (overview.costs.size() > 1 && by == "model") {
            for (const auto& each : overview.costs) {
                lines.push_back(fmt::format("  {:>9.4g} {}", each.cost, term_safe(each.model, 60)));
            }
        }
    }
    if (overview.gateway == sandbox_gateway) {
        lines.push_back("sandbox run: results are made up, nothing was billed");
    } else if (!overview.gateway.empty()) {
        lines.push_back("gateway: " + term_safe(overview.gateway));
    }
    if (overview.config) lines.push_back("configuration: " + term_safe(overview.config->path));
    const auto dir = shell_word(overview.dir);
    if (overview.all.of(State::held) > 0 && by != "kind") {
        lines.push_back(
            fmt::format("{} held (needs your decision, may already be paid): "
                        "nightshift status {} --by kind says why",
                        grouped(overview.all.of(State::held)), dir));
    }
    for (const auto& halt : overview.halts) lines.push_back("waiting: " + halt);
    for (const auto& wait : overview.waits) {
        if (!overview.halts.empty()) break;  // they tell the same, and later
        lines.push_back(fmt::format("{} {}: {}", term_safe(wait.endpoint, 60),
                                    term_safe(wait.model, 60), term_safe(wait.waiting, 200)));
    }
    for (const auto& link : overview.links) {
        lines.push_back(fmt::format("the link of {} dies at {}; nightshift run -o {} fetches it",
                                    term_safe(link.id), rfc3339(link.expires_at), dir));
    }
    return lines;
}

Json json_of(const Overview& overview) {
    Json config, costs = Json::array();
    for (const auto& each : overview.costs) {
        costs.push_back({{"endpoint", each.endpoint}, {"model", each.model}, {"cost", each.cost}});
    }
    if (overview.config) {
        config = {{"path", overview.config->path}, {"text", overview.config->text}};
    }
    Json lanes = Json::array(), links = Json::array(), troubles = Json::array();
    for (const auto& [name, lane] : overview.lanes) {
        Json each = {{"endpoint", name.first}, {"model", name.second}};
        each["counts"] = json_of(lane);
        each["oldest_at"] = time_or_null(lane.oldest_at);
        const auto wait = std::find_if(
            overview.waits.begin(), overview.waits.end(), [&name = name](const LaneWait& one) {
                return one.endpoint == name.first && one.model == name.second;
            });
        const bool waits = wait != overview.waits.end();
        each["waiting"] = waits ? or_null(wait->waiting) : Json();
        each["paused"] = waits ? or_null(wait->paused) : Json();
        lanes.push_back(std::move(each));
    }
    for (const auto& link : overview.links) {
        links.push_back({{"id", link.id}, {"expires_at", rfc3339(link.expires_at)}});
    }
    for (const auto& trouble : overview.troubles) {
        troubles.push_back({{"state", name_of(trouble.state)},
                            {"kind", trouble.error_kind},
                            {"endpoint", trouble.endpoint},
                            {"model", trouble.model},
                            {"count", trouble.count},
                            {"id", trouble.id},
                            {"message", screen::message_of(trouble, 500)},
                            {"command", screen::command_for(trouble, overview.dir)}});
    }
    return {{"schema", 1},
            {"dir", overview.dir},
            {"gateway", or_null(overview.gateway)},
            {"config", std::move(config)},
            {"taken_at", rfc3339(overview.taken_at)},
            {"counts", json_of(overview.all)},
            {"oldest_at", time_or_null(overview.all.oldest_at)},
            {"lanes", std::move(lanes)},
            {"troubles", std::move(troubles)},
            {"cost", overview.has_prices() ? Json(overview.spent.cost) : Json()},
            {"maybe_cost", overview.spent.maybe_cost},
            {"currency", or_null(overview.currency)},
            {"costs", std::move(costs)},
            {"links_about_to_expire", std::move(links)},
            {"runner", or_null(overview.runner)},
            {"waiting", overview.halts}};
}

}  // namespace nightshift::cli
