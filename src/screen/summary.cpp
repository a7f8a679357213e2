// The end of a run in words and as JSON.

#include "core/timestamp.hpp"
#include "screen/screen.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace nightshift::screen {
namespace {

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

}  // namespace

std::string summary_text(const Summary& s) {
    const auto open = count_of(s, State::pending) + count_of(s, State::running);
    std::string text = fmt::format("{} in {}: {} succeeded, {} failed, {} held",
                                   s.stop.empty() ? "Done" : "Stopped", short_duration(s.seconds),
                                   count_of(s, State::succeeded), count_of(s, State::failed),
                                   count_of(s, State::held));
    if (count_of(s, State::cancelled) > 0) {
        text += fmt::format(", {} cancelled", count_of(s, State::cancelled));
    }
    if (count_of(s, State::submitted) > 0) {
        text += fmt::format(", {} at the gateway", count_of(s, State::submitted));
    }
    if (open > 0) text += fmt::format(", {} not sent", open);
    text += '\n';
    if (!s.stop.empty()) text += fmt::format("  why      {}\n", s.stop);
    if (s.maybe_billed > 0) {
        text += fmt::format("  billing  {} request{} of unknown outcome may have been paid\n",
                            s.maybe_billed, s.maybe_billed == 1 ? "" : "s");
    }
    if (s.cost) text += fmt::format("  cost     {}\n", cost_text(s));
    text += fmt::format("  results  {}/ledger.jsonl, {}/outputs/\n", s.dir, s.dir);
    if (count_of(s, State::failed) > 0) {
        text += fmt::format("  next     nightshift retry {} --failed\n", s.dir);
    }
    if (count_of(s, State::held) > 0) {
        text += fmt::format("  next     nightshift retry {} --held (may be paid twice)\n", s.dir);
    }
    if (open + count_of(s, State::submitted) > 0) {
        text += fmt::format("  next     {} goes on\n", s.resume);
    }
    return text;
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
    json["dir"] = s.dir;
    json["stop"] = s.stop.empty() ? nlohmann::ordered_json() : nlohmann::ordered_json(s.stop);
    json["exit_code"] = s.exit_code;
    return json.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
}

}  // namespace nightshift::screen
