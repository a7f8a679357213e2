#include "cli/run/control_handler.hpp"

#include "base/bounds.hpp"
#include "base/text/terminal_text.hpp"
#include "cli/input/budget_check.hpp"
#include "cli/input/fd_budget.hpp"
#include "cli/input/selection.hpp"
#include "cli/live/live_settings.hpp"
#include "cli/live/selection_json.hpp"
#include "ledger/ledger_line.hpp"
#include "progress/snapshot_json.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

namespace nightshift::cli {
namespace {

using control::Answer;
using control::Json;
using control::Trouble;

// The run takes nothing more.
class Closed : public std::exception {
public:
    explicit Closed(std::string text) : text_(std::move(text)) {}
    const char* what() const noexcept override { return text_.c_str(); }

private:
    std::string text_;
};

LaneChoice choice_of(Members& members) {
    LaneChoice choice{.endpoint = members.text("endpoint"), .model = members.text("model")};
    if (!choice.endpoint.empty()) require_endpoint("--lane", choice.endpoint);
    return choice;
}

AppendOrder order_of(const Json& arguments) {
    Members members(arguments);
    AppendOrder order;
    order.manifests = members.texts("manifests");
    order.spooled = members.text("spooled");
    order.settings.skip_invalid = members.truth("skip_invalid");
    order.settings.stream = members.truth("stream");
    order.settings.default_model = members.text("model");
    order.settings.i2v_image_type = members.text("i2v_media_type");
    const auto on_change = members.text("on_change");
    members.nothing_else();
    if (on_change == "skip") {
        order.settings.on_change = OnChange::skip;
    } else if (!on_change.empty() && on_change != "error") {
        throw UsageError("--on-change " + term_safe(on_change, 40) +
                         " cannot be used while the run is active: error or skip");
    }
    if (order.manifests.empty()) throw UsageError("append: name at least one manifest");
    for (const auto& manifest : order.manifests) {
        if (std::filesystem::path(manifest).is_absolute()) continue;
        throw UsageError("\"" + term_safe(manifest, 200) + "\": give an absolute path");
    }
    return order;
}

Json json_of(const Appended& appended) {
    return {{"added", appended.loaded.added},
            {"known", appended.loaded.known},
            {"replaced", appended.loaded.replaced},
            {"bad_lines", appended.loaded.bad_lines},
            {"refused", appended.refused},
            {"problems", appended.problems},
            {"told", appended.told},
            {"broken_off", appended.broken_off}};
}

std::string text_of_lanes(const LaneChoice& choice) {
    if (choice.endpoint.empty() && choice.model.empty()) return "";
    return " (" + choice.endpoint + (choice.endpoint.empty() || choice.model.empty() ? "" : ", ") +
           term_safe(choice.model, 80) + ")";
}

}  // namespace

RunControl::RunControl(control::Door& door, Parts parts)
    : parts_(std::move(parts)),
      bridge_(parts_.io, parts_.queue),
      reader_(parts_.io, Worker::run_each, Worker::Mode::threaded),
      server_(parts_.io, door,
              [this](control::Request request) { return perform(std::move(request)); }) {}

Async<void> RunControl::close() {
    bridge_.abandon();
    const auto most = static_cast<std::int64_t>(limits::control_close_s * 1000);
    co_await server_.close(std::chrono::milliseconds(most));
}

// The lanes are read first: an order must not fall between.
Async<Answer> RunControl::perform(control::Request request) {
    while (!parts_.engine.has_begun()) {
        co_await parts_.clock.sleep_until(parts_.clock.now() + std::chrono::milliseconds(10));
    }
    Answer answer;
    const auto guest = parts_.engine.guest();
    try {
        auto result = co_await do_it(request);
        answer.result = std::move(result);
    } catch (const Closed& closed) {
        answer = Answer::refused(Trouble::ending, closed.what());
    } catch (const UsageError& error) {
        answer = Answer::refused(Trouble::request, error.what());
    } catch (const StorageError& error) {
        answer = Answer::refused(Trouble::storage, error.what());
    }
    parts_.engine.wake();
    co_return answer;
}

Async<Json> RunControl::do_it(const control::Request& request) {
    const auto& arguments = request.arguments;
    Json result;
    if (request.command == "status") {
        Members(arguments).nothing_else();
        result = status();
    } else if (request.command == "pause" || request.command == "resume") {
        result = halt(arguments, request.command == "resume");
    } else if (request.command == "set") {
        result = co_await set(arguments);
    } else if (request.command == "append") {
        result = co_await append(arguments);
    } else if (request.command == "retry") {
        result = co_await requeue(arguments);
    } else if (request.command == "cancel") {
        result = co_await cancel(arguments);
    } else {
        throw UsageError("unknown command \"" + term_safe(request.command, 40) +
                         "\"; known: status, pause, resume, set, append, retry, cancel");
    }
    co_return result;
}

void RunControl::require_open() const {
    const auto why = parts_.engine.why_closed();
    if (!why.empty()) throw Closed(why);
}

Json RunControl::status() const {
    const auto status = parts_.engine.status();
    Json lanes = Json::array();
    for (const auto& lane : status.lanes) {
        Json json = screen::lane_json(lane);
        json["waiting"] = lane.waiting;  // a text here, or empty
        lanes.push_back(std::move(json));
    }
    return {{"notice", status.notice}, {"in_flight", status.in_flight}, {"lanes", lanes}};
}

Json RunControl::halt(const Json& arguments, bool resume) {
    Members members(arguments);
    const auto choice = choice_of(members);
    members.nothing_else();
    require_open();
    const bool all = choice.endpoint.empty() && choice.model.empty();
    const auto halted = resume ? parts_.engine.resume(choice) : parts_.engine.pause(choice);
    if (halted.lanes == 0 && !all) throw UsageError("this run has no lane" + text_of_lanes(choice));
    if (halted.changed > 0 || halted.lanes == 0) {
        parts_.tell(resume ? "resumed" + text_of_lanes(choice)
                           : "paused: nothing more is sent" + text_of_lanes(choice));
    }
    return {{"lanes", halted.lanes}, {"changed", halted.changed}, {"in_flight", halted.in_flight}};
}

Async<Json> RunControl::set(const Json& arguments) {
    Members members(arguments);
    const auto settings = members.texts("settings");
    members.nothing_else();
    const auto changes = parse_changes(settings);
    const auto why = parts_.engine.why_unsettable();
    if (!why.empty()) throw Closed(why);
    if (changes.concurrency) {
        const auto limit = raise_descriptor_limit();
        const auto plan =
            plan_descriptors(limit, parts_.descriptors, *changes.concurrency, parts_.sandbox);
        const auto warning = descriptor_warning(plan, limit, *changes.concurrency);
        if (!warning.empty()) throw UsageError("set concurrency: " + warning);
        parts_.client.set_connections_max(plan.connections);
    }
    if (changes.budget && *changes.budget) {
        auto options = parts_.options;
        options.budget = *changes.budget;
        std::string problem;
        auto check = [&options, &problem](Store& store) {
            try {
                require_prices(store, options);
            } catch (const UsageError& error) {  // an error of the step would end the run
                problem = error.what();
            }
        };
        co_await parts_.queue.run(std::move(check));
        if (!problem.empty()) throw UsageError("set budget: " + problem);
    }
    Json all = Json::array();
    for (const auto& changed : parts_.engine.set(changes)) {
        all.push_back(
            {{"name", changed.name}, {"before", changed.before}, {"after", changed.after}});
        parts_.tell(fmt::format("{} is {}, was {}", term_safe(changed.name, 80), changed.after,
                                changed.before));
    }
    Json result;
    result["changed"] = std::move(all);
    co_return result;
}

Async<Json> RunControl::append(const Json& arguments) {
    auto order = order_of(arguments);
    require_open();
    order.loopback_media = parts_.loopback_media;
    order.needs_prices = parts_.engine.status().budget.has_value();
    order.prices = parts_.options.prices;
    auto load = [this, &order] { return append_load(order, bridge_); };
    auto appended = co_await reader_.run(std::move(load));
    if (!appended.unpriced.empty()) throw UsageError(text_of_unpriced(appended.unpriced));
    co_await parts_.engine.take_in();
    if (appended.loaded.added > 0) {
        parts_.tell(fmt::format("{} task{} appended", appended.loaded.added,
                                appended.loaded.added == 1 ? "" : "s"));
    }
    auto result = json_of(appended);
    co_return result;
}

Async<Json> RunControl::requeue(const Json& arguments) {
    Members members(arguments);
    auto selection = selection_of(members.object("selection"));
    members.nothing_else();
    const auto& states = selection.states;
    if (states.empty() || !std::all_of(states.begin(), states.end(), is_terminal)) {
        throw UsageError("retry: name terminal states");
    }
    require_open();
    const auto moved = co_await parts_.engine.requeue(std::move(selection));
    parts_.tell(fmt::format("{} task{} requeued", moved, moved == 1 ? "" : "s"));
    Json result;
    result["requeued"] = moved;
    co_return result;
}

Async<Json> RunControl::cancel(const Json& arguments) {
    Members members(arguments);
    auto selection = selection_of(members.object("selection"));
    members.nothing_else();
    require_open();
    const auto now = parts_.clock.wall_ms();
    auto line_of = [this, now](const Row& row) { return cancelled_line(row, now, parts_.gateway); };
    const auto moved = co_await parts_.engine.cancel(std::move(selection), now, line_of);
    parts_.tell(fmt::format("{} task{} cancelled", moved, moved == 1 ? "" : "s"));
    Json result;
    result["cancelled"] = moved;
    co_return result;
}

}  // namespace nightshift::cli
