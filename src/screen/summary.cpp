// The end of a run in words and as JSON.

#include "core/shell_word.hpp"
#include "core/term_safe.hpp"
#include "core/timestamp.hpp"
#include "screen/advice.hpp"
#include "screen/screen.hpp"
#include "screen/view.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>

namespace nightshift::screen {
namespace {

constexpr std::size_t troubles_shown = 5;

std::int64_t count_of(const Summary& summary, State state) {
    const auto found = summary.counts.find(state);
    return found == summary.counts.end() ? 0 : found->second;
}

// "3.2 of a budget of 10, estimated at 4; 0.5 more may have been billed"
std::string cost_text(const Summary& s) {
    auto text = fmt::format("{:.4g}", *s.cost);
    if (s.budget) text += fmt::format(" of a budget of {:.6g}", *s.budget);
    if (s.estimated_cost > 0) text += fmt::format(", estimated at {:.4g}", s.estimated_cost);
    if (s.maybe_cost > 0) text += fmt::format("; {:.4g} more may have been billed", s.maybe_cost);
    return text;
}

nlohmann::ordered_json or_null(const std::optional<double>& value) {
    return value ? nlohmann::ordered_json(*value) : nlohmann::ordered_json();
}

std::int64_t open_tasks(const Summary& s) {
    return count_of(s, State::pending) + count_of(s, State::running);
}

// "Done in 3h12m: 9,341 succeeded, 19 failed, 5 held, 3 flagged (1 partial, 2 truncated)"
std::string first_line(const Summary& s) {
    auto text = fmt::format("{} in {}: {} succeeded, {} failed, {} held",
                            s.stop.empty() ? "Done" : "Stopped", short_duration(s.seconds),
                            grouped(count_of(s, State::succeeded)),
                            grouped(count_of(s, State::failed)), grouped(count_of(s, State::held)));
    auto add = [&](std::int64_t count, const char* what) {
        if (count > 0) text += fmt::format(", {} {}", grouped(count), what);
    };
    add(count_of(s, State::cancelled), "cancelled");
    add(count_of(s, State::submitted), "at the gateway");
    add(open_tasks(s), "not sent");
    if (s.flags.empty()) return text;
    std::string names;
    for (const auto& [flag, count] : s.flags) {
        names += fmt::format("{}{} {}", names.empty() ? "" : ", ", grouped(count), term_safe(flag));
    }
    return text + "; flagged: " + names;
}

// The most frequent, each with an example and the command that deals with all of them.
std::string troubles_text(const Summary& s) {
    std::string text;
    const auto shown = std::min(troubles_shown, s.troubles.size());
    for (std::size_t i = 0; i < shown; ++i) {
        const auto& trouble = s.troubles[i];
        text +=
            fmt::format("  {:<8} {} {} of {}, such as {}: {}\n", name_of(trouble.state),
                        grouped(trouble.count), kind_text(trouble), term_safe(trouble.model, 60),
                        term_safe(trouble.id, 60), message_of(trouble, 200));
        const auto remark = remark_on(trouble);
        text += fmt::format("           {}{}\n", command_for(trouble, s.dir),
                            remark.empty() ? "" : "  # " + remark);
    }
    std::int64_t others = 0;
    for (std::size_t i = shown; i < s.troubles.size(); ++i) others += s.troubles[i].count;
    if (others > 0) {
        text +=
            fmt::format("           {} more of {} other kinds: nightshift status {} --by kind\n",
                        grouped(others), s.troubles.size() - shown, shell_word(s.dir));
    }
    return text;
}

std::string next_text(const Summary& s) {
    const auto dir = shell_word(s.dir);
    std::string text;
    if (count_of(s, State::failed) > 0) {
        text += fmt::format("  next     nightshift retry {} --failed\n", dir);
    }
    if (count_of(s, State::held) > 0) {
        text += fmt::format("  next     nightshift retry {} --held  # may be paid twice\n", dir);
    }
    if (open_tasks(s) + count_of(s, State::submitted) > 0) {
        text += fmt::format("  next     {}  # goes on{}{}\n", s.resume,
                            s.resume_when.empty() ? "" : " ", s.resume_when);
    }
    return text;
}

nlohmann::ordered_json json_of(const TroubleGroup& trouble, const std::string& dir) {
    return {{"state", name_of(trouble.state)},
            {"kind", trouble.error_kind},
            {"endpoint", trouble.endpoint},
            {"model", trouble.model},
            {"count", trouble.count},
            {"id", trouble.id},
            {"message", message_of(trouble, 500)},
            {"command", command_for(trouble, dir)}};
}

}  // namespace

std::string summary_text(const Summary& s) {
    auto text = first_line(s) + "\n";
    if (!s.stop.empty()) text += fmt::format("  why      {}\n", s.stop);
    text += troubles_text(s);
    if (s.maybe_billed > 0) {
        text += fmt::format("  billing  {} request{} of unknown outcome may have been paid\n",
                            s.maybe_billed, s.maybe_billed == 1 ? "" : "s");
    }
    if (s.cost) text += fmt::format("  cost     {}\n", cost_text(s));
    const auto dir = term_safe(s.dir);
    text += fmt::format("  results  {}/ledger.jsonl, {}/outputs/ ({} file{})\n", dir, dir,
                        grouped(s.files), s.files == 1 ? "" : "s");
    if (!s.learned.empty()) {
        text += fmt::format("  limits   {}; kept for the next run\n", fmt::join(s.learned, "; "));
    }
    text += fmt::format("  log      {}/.nightshift/log\n", dir);
    return text + next_text(s);
}

std::string summary_json(const Summary& s) {
    nlohmann::ordered_json json;
    json["type"] = "summary";
    json["schema"] = 1;
    for (const auto state : {State::pending, State::running, State::submitted, State::succeeded,
                             State::failed, State::held, State::cancelled}) {
        json["counts"][std::string(name_of(state))] = count_of(s, state);
    }
    json["seconds"] = s.seconds;
    json["posts"] = s.posts;
    json["retries"] = s.retries;
    json["maybe_billed"] = s.maybe_billed;
    json["cost"] = or_null(s.cost);
    json["estimated_cost"] = s.estimated_cost;
    json["maybe_cost"] = s.maybe_cost;
    json["budget"] = or_null(s.budget);
    json["flags"] = nlohmann::ordered_json::object();
    for (const auto& [flag, count] : s.flags) json["flags"][flag] = count;
    json["troubles"] = nlohmann::ordered_json::array();
    for (const auto& trouble : s.troubles) json["troubles"].push_back(json_of(trouble, s.dir));
    json["learned_limits"] = s.learned;
    json["files"] = s.files;
    json["dir"] = s.dir;
    json["stop"] = s.stop.empty() ? nlohmann::ordered_json() : nlohmann::ordered_json(s.stop);
    json["exit_code"] = s.exit_code;
    return json.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
}

}  // namespace nightshift::screen
