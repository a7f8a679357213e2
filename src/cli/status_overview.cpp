#include "cli/status_overview.hpp"

#include "cli/control/ask_run.hpp"
#include "cli/live_facts.hpp"
#include "cli/open_queue.hpp"
#include "core/shell_word.hpp"
#include "core/term_safe.hpp"
#include "core/timestamp.hpp"
#include "screen/advice.hpp"
#include "screen/view.hpp"
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

// Only columns in which there is something: seven of them are too wide for most terminals.
std::vector<std::string> table(const Overview& overview, const std::string& by) {
    auto rows = rows_by(overview, by);
    rows.push_back({"all", overview.all});
    const std::string corner = by == "model" ? "endpoint, model" : by == "endpoint" ? by : "";
    std::size_t width = corner.size();
    for (const auto& row : rows) width = std::max(width, screen::display_width(row.first));
    auto head = screen::padded(corner, width);
    for (const auto state : all_states) {
        if (overview.all.of(state) > 0) head += fmt::format("{:>11}", name_of(state));
    }
    std::vector<std::string> lines = {head + fmt::format("{:>9}", "oldest")};
    for (const auto& [name, counts] : rows) {
        auto line = screen::padded(name, width);
        for (const auto state : all_states) {
            if (overview.all.of(state) == 0) continue;
            line += fmt::format("{:>11}", screen::grouped(counts.of(state)));
        }
        lines.push_back(line + fmt::format("{:>9}", age_text(counts.oldest_at, overview.taken_at)));
    }
    return lines;
}

void add_troubles(const Overview& overview, std::vector<std::string>& lines) {
    for (const auto& trouble : overview.troubles) {
        lines.push_back(fmt::format("{} {} {} of {}, such as {}: {}", name_of(trouble.state),
                                    screen::grouped(trouble.count), screen::kind_text(trouble),
                                    term_safe(trouble.model, 60), term_safe(trouble.id, 60),
                                    screen::message_of(trouble, 200)));
        const auto remark = screen::remark_on(trouble);
        lines.push_back("    " + screen::command_for(trouble, overview.dir) +
                        (remark.empty() ? "" : "  # " + remark));
    }
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
    overview.troubles = store->troubles();
    overview.spent = store->spent();
    overview.runner = RunLock::holder(folders.hidden() / "lock");
    if (!overview.runner.empty()) {
        overview.waits = read_live_waits(folders);
        overview.halts = pauses_of(folders);
    }
    return overview;
}

std::vector<std::string> lines_of(const Overview& overview, const std::string& by) {
    auto lines = table(overview, by);
    if (by == "kind") add_troubles(overview, lines);
    if (overview.spent.cost > 0 || overview.spent.maybe_cost > 0) {
        auto line = fmt::format("cost so far {:.4g}", overview.spent.cost);
        const double maybe = overview.spent.maybe_cost;
        if (maybe > 0) line += fmt::format("; {:.4g} more may have been billed", maybe);
        lines.push_back(line);
    }
    const auto dir = shell_word(overview.dir);
    if (overview.all.of(State::held) > 0 && by != "kind") {
        lines.push_back(fmt::format("{} held: nightshift status {} --by kind says why",
                                    screen::grouped(overview.all.of(State::held)), dir));
    }
    for (const auto& halt : overview.halts) lines.push_back("waiting: " + halt);
    for (const auto& wait : overview.waits) {
        if (!overview.halts.empty()) break;  // they tell the same, and later
        lines.push_back(fmt::format("{} {}: {}", term_safe(wait.endpoint, 60),
                                    term_safe(wait.model, 60), term_safe(wait.waiting, 200)));
    }
    if (!overview.runner.empty()) lines.push_back("running: " + term_safe(overview.runner));
    for (const auto& link : overview.links) {
        lines.push_back(fmt::format("the link of {} dies at {}; nightshift run -o {} fetches it",
                                    term_safe(link.id), rfc3339(link.expires_at), dir));
    }
    return lines;
}

Json json_of(const Overview& overview) {
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
            {"taken_at", rfc3339(overview.taken_at)},
            {"counts", json_of(overview.all)},
            {"oldest_at", time_or_null(overview.all.oldest_at)},
            {"lanes", std::move(lanes)},
            {"troubles", std::move(troubles)},
            {"cost", overview.spent.cost},
            {"maybe_cost", overview.spent.maybe_cost},
            {"links_about_to_expire", std::move(links)},
            {"runner", or_null(overview.runner)},
            {"waiting", overview.halts}};
}

}  // namespace nightshift::cli
