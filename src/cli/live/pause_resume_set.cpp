// nightshift pause, resume and set: a run that is changed while it runs.

#include "base/bounds.hpp"
#include "base/text/counted.hpp"
#include "base/text/shell_word.hpp"
#include "base/text/terminal_text.hpp"
#include "cli/input/arguments.hpp"
#include "cli/input/exit_code.hpp"
#include "cli/input/open_queue.hpp"
#include "cli/input/selection.hpp"
#include "cli/live/live_settings.hpp"
#include "cli/live/run_client.hpp"

#include <fmt/format.h>

#include <optional>

namespace nightshift::cli {
namespace {

using control::Json;

control::Request order_for_lanes(const char* command, const std::vector<std::string>& lane) {
    control::Request request{.command = command, .arguments = Json::object()};
    for (const auto& each : lane) {
        const auto [name, value] = name_and_value("--lane", each);
        if (name == "endpoint") {
            require_endpoint("--lane", value);
        } else if (name != "model") {
            throw UsageError("--lane: \"" + name + "\": must be endpoint or model");
        }
        request.arguments[name] = value;
    }
    return request;
}

void print_json(Json json) {
    json["schema"] = 1;
    fmt::print("{}\n", json.dump(-1, ' ', false, Json::error_handler_t::replace));
}

// Asks the process. What it answered, if there is something to say in words; with --json it is
// printed here.
std::optional<Json> answer_for_words(const Arguments& arguments, const control::Request& request) {
    const auto folders = require_run_folder(arguments.steer.dir);
    auto result = ask_run(folders, request, limits::control_answer_s);
    if (arguments.common.json) {
        print_json(std::move(result));
        return std::nullopt;
    }
    return arguments.common.quiet ? std::nullopt : std::optional(std::move(result));
}

}  // namespace

int pause_command(const Arguments& arguments) {
    const auto request = order_for_lanes("pause", arguments.steer.lane);
    const auto result = answer_for_words(arguments, request);
    if (!result) return exit_ok;
    const auto lanes = result->value("lanes", std::int64_t{0});
    const auto in_flight = result->value("in_flight", std::int64_t{0});
    const bool again = lanes > 0 && result->value("changed", lanes) == 0;
    auto text = (again ? "already paused: " : "paused ") + counted(lanes, "lane");
    if (in_flight > 0) text += "; " + counted(in_flight, "request") + " in flight will finish";
    fmt::print(stderr, "{}; `nightshift resume {}` continues\n", text,
               shell_word(arguments.steer.dir));
    return exit_ok;
}

int resume_command(const Arguments& arguments) {
    const auto request = order_for_lanes("resume", arguments.steer.lane);
    const auto result = answer_for_words(arguments, request);
    if (!result) return exit_ok;
    const auto lanes = result->value("lanes", std::int64_t{0});
    const bool again = lanes > 0 && result->value("changed", lanes) == 0;
    fmt::print(stderr, "{}{}\n", again ? "not paused: " : "resumed ", counted(lanes, "lane"));
    return exit_ok;
}

int set_command(const Arguments& arguments) {
    parse_changes(arguments.steer.settings);  // says what is wrong before anybody is asked
    control::Request request{.command = "set", .arguments = Json::object()};
    request.arguments["settings"] = arguments.steer.settings;
    const auto result = answer_for_words(arguments, request);
    if (!result) return exit_ok;
    for (const auto& changed : result->value("changed", Json::array())) {
        fmt::print(stderr, "{}: {}, was {}\n", term_safe(changed.value("name", std::string()), 200),
                   term_safe(changed.value("after", std::string()), 40),
                   term_safe(changed.value("before", std::string()), 40));
    }
    return exit_ok;
}

}  // namespace nightshift::cli
