// The end of a run in words and as JSON.

#include "base/text/shell_word.hpp"
#include "base/text/terminal_text.hpp"
#include "base/timestamp.hpp"
#include "progress/advice.hpp"
#include "progress/snapshot.hpp"
#include "screen/screen.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>

namespace nightshift::screen {
namespace {

constexpr std::size_t troubles_shown = 5, costs_shown = 5;

std::int64_t count_of(const Summary& summary, State state) {
    const auto found = summary.counts.find(state);
    return found == summary.counts.end() ? 0 : found->second;
}

// "3.2 CNY"
std::string amount_text(double amount, const std::string& currency) {
    return fmt::format("{:.4g}{}{}", amount, currency.empty() ? "" : " ", term_safe(currency, 16));
}

// "3.2 CNY of a budget of 10, estimated at 4; 0.5 more may have been billed"
std::string cost_text(const Summary& s) {
    auto text = amount_text(*s.cost, s.currency);
    if (s.budget) text += fmt::format(" of a budget of {:.6g}", *s.budget);
    if (s.estimated_cost > 0) text += fmt::format(", estimated at {:.4g}", s.estimated_cost);
    if (s.maybe_cost > 0) text += fmt::format("; {:.4g} more may have been billed", s.maybe_cost);
    return text;
}

// By model, where there are several.
std::string costs_text(const Summary& s) {
    std::string text;
    if (s.costs.size() < 2) return text;
    const auto shown = std::min(costs_shown, s.costs.size());
    double others = 0;
    for (std::size_t i = 0; i < s.costs.size(); ++i) {
        const auto& each = s.costs[i];
        if (i >= shown) {
            others += each.cost;
            continue;
        }
        text += fmt::format("           {:>8.4g} {}\n", each.cost, term_safe(each.model, 60));
    }
    if (others > 0) {
        text +=
            fmt::format("           {:>8.4g} {}\n", others,
                        counted(static_cast<std::int64_t>(s.costs.size() - shown), "other model"));
    }
    return text;
}

nlohmann::ordered_json or_null(const std::optional<double>& value) {
    return value ? nlohmann::ordered_json(*value) : nlohmann::ordered_json();
}

nlohmann::ordered_json text_or_null(const std::string& text) {
    return text.empty() ? nlohmann::ordered_json() : nlohmann::ordered_json(text);
}

std::int64_t open_tasks(const Summary& s) {
    return count_of(s, State::pending) + count_of(s, State::running);
}

// "Nothing to do: all 3 tasks had ended before: 2 succeeded, 1 failed, 0 held"
std::string head_of(const Summary& s) {
    const bool sandbox = s.gateway == "sandbox";
    if (s.nothing_to_do) {
        std::int64_t tasks = 0;
        for (const auto& [state, count] : s.counts) tasks += count;
        if (tasks == 0) return "Nothing to do: no task was loaded or selected";
        return fmt::format("Nothing to do: {} had ended before", counted(tasks, "task"));
    }
    const auto* const ended = s.stop.empty() ? (sandbox ? "Sandbox run done" : "Done")
                                             : (sandbox ? "Sandbox run stopped" : "Stopped");
    return fmt::format("{} in {}", ended, short_duration(s.seconds));
}

// "Done in 3h12m: 9,341 succeeded, 19 failed, 5 held, 3 flagged (1 partial, 2 truncated)"
std::string first_line(const Summary& s) {
    auto text = fmt::format("{}: {} succeeded, {} failed, {} held", head_of(s),
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
        text += fmt::format(
            "           {} more of {}: nightshift status {} --by kind\n", grouped(others),
            counted(static_cast<std::int64_t>(s.troubles.size() - shown), "other kind"),
            shell_word(s.dir));
    }
    return text;
}

std::string next_text(const Summary& s) {
    const auto dir = shell_word(s.dir);
    std::string text;
    for (const auto& trouble : s.troubles) {
        if (trouble.state != State::failed || !retry_helps(trouble)) continue;
        text += fmt::format("  next     nightshift retry {} --failed\n", dir);
        break;
    }
    if (count_of(s, State::held) > 0) {
        text += fmt::format("  next     nightshift retry {} --held  # may be paid twice\n", dir);
    }
    if (open_tasks(s) + count_of(s, State::submitted) > 0) {
        text += fmt::format("  next     {}  # continues{}{}\n", s.resume,
                            s.resume_when.empty() ? "" : " ", s.resume_when);
    }
    if (s.unselected > 0) {
        text += fmt::format(
            "  left     {} not part of this run (--limit or --only); the same "
            "command without them runs {}\n",
            counted(s.unselected, "unsent task was", "unsent tasks were"),
            s.unselected == 1 ? "it" : "them");
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
    if (s.gateway == "sandbox") text += "  sandbox  results are made up, nothing was billed\n";
    if (!s.stop.empty()) text += fmt::format("  why      {}\n", s.stop);
    text += troubles_text(s);
    if (s.maybe_billed > 0) {
        text += fmt::format("  billing  {} got no answer and may have been billed\n",
                            counted(s.maybe_billed, "request"));
    }
    if (s.cost) text += fmt::format("  cost     {}\n", cost_text(s)) + costs_text(s);
    const auto dir = term_safe(s.dir);
    text += fmt::format("  results  {}/ledger.jsonl, {}/outputs/ ({})\n", dir, dir,
                        counted(s.files, "file"));
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
    for (const auto state : all_states) {
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
    json["currency"] = text_or_null(s.currency);
    json["costs"] = nlohmann::ordered_json::array();
    for (const auto& each : s.costs) {
        json["costs"].push_back(
            {{"endpoint", each.endpoint}, {"model", each.model}, {"cost", each.cost}});
    }
    json["unselected"] = s.unselected;
    json["flags"] = nlohmann::ordered_json::object();
    for (const auto& [flag, count] : s.flags) json["flags"][flag] = count;
    json["troubles"] = nlohmann::ordered_json::array();
    for (const auto& trouble : s.troubles) json["troubles"].push_back(json_of(trouble, s.dir));
    json["learned_limits"] = s.learned;
    json["files"] = s.files;
    json["dir"] = s.dir;
    json["gateway"] = text_or_null(s.gateway);
    json["stop"] = text_or_null(s.stop);
    json["exit_code"] = s.exit_code;
    return json.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
}

}  // namespace nightshift::screen
