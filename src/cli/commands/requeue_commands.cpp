// nightshift retry and cancel: what becomes of tasks that did not succeed, or were not sent.

#include "base/clock.hpp"
#include "base/failure.hpp"
#include "base/text/shell_word.hpp"
#include "base/text/terminal_text.hpp"
#include "cli/input/arguments.hpp"
#include "cli/input/exit_code.hpp"
#include "cli/input/known_values.hpp"
#include "cli/input/open_queue.hpp"
#include "cli/input/remembered_config.hpp"
#include "cli/input/run_gateway.hpp"
#include "cli/input/selection.hpp"
#include "cli/live/run_client.hpp"
#include "cli/load/requeue_cost.hpp"
#include "cli/run/resume_command.hpp"
#include "files/owned_folder.hpp"
#include "ledger/ledger.hpp"
#include "ledger/ledger_line.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <cstdio>
#include <optional>
#include <unistd.h>

namespace nightshift::cli {
namespace {

using Json = nlohmann::ordered_json;

// True when the user agrees, or said so beforehand.
bool agreed(const SelectArguments& select, const std::string& question) {
    if (select.yes) return true;
    if (isatty(STDIN_FILENO) == 0) {
        throw UsageError(question + " There is no terminal to ask: add --yes");
    }
    fmt::print(stderr, "{} [y/N] ", question);
    const int answer = std::getchar();
    const bool yes = answer == 'y' || answer == 'Y';
    if (!yes) fmt::print(stderr, "nothing was changed\n");
    return yes;
}

Json count_json(const std::map<State, std::int64_t>& counts) {
    Json json = Json::object();
    for (const auto& [state, count] : counts) json[std::string(name_of(state))] = count;
    return json;
}

Json or_null(const std::optional<double>& value) {
    return value ? Json(*value) : Json();
}

// `verb`: what became of the tasks, "requeued" or "cancelled"; `more`: of this command alone.
void report(const Arguments& arguments, const char* verb, std::int64_t moved, Json more) {
    const auto& select = arguments.select;
    if (arguments.common.json) {
        Json json = {
            {"schema", 1}, {"dir", select.dir}, {"dry_run", select.dry_run}, {verb, moved}};
        json.update(more);
        fmt::print("{}\n", json.dump(-1, ' ', false, Json::error_handler_t::replace));
    } else if (!arguments.common.quiet && !select.dry_run) {
        fmt::print(stderr, "{} task{} {}\n", moved, moved == 1 ? "" : "s", verb);
    }
}

// The queue of a folder that nobody runs, or, beside a process that runs it or for a look, as
// it is.
struct OpenQueue {
    OpenQueue(const RunFolders& folders, bool only_looks) : beside(is_running(folders)) {
        if (only_looks || beside) {
            store = open_for_reading(folders);
            return;
        }
        owned.emplace(folders, false);
        if (!owned->warning().empty()) fmt::print(stderr, "warning: {}\n", owned->warning());
        store = std::make_unique<SqliteStore>(folders.queue(), SqliteDb::Mode::read_write);
    }

    bool beside;  // changes go through the process
    std::optional<OwnedFolder> owned;
    std::unique_ptr<SqliteStore> store;
};

// Valid selectors that meet nothing: told, so that it does not pass for done.
void say_nothing_matched(const Arguments& arguments, const char* which) {
    if (arguments.common.quiet) return;
    fmt::print(stderr, "nothing to do: {} matches; `nightshift status {}` has the counts\n", which,
               shell_word(arguments.select.dir));
}

Json ids_of(const std::vector<Chosen>& rows) {
    Json ids = Json::array();
    for (const auto& row : rows) ids.push_back(row.id);
    return ids;
}

}  // namespace

namespace {

// Queues the tasks again; how many, or nothing when the user did not agree.
std::optional<std::int64_t> requeue(const Arguments& arguments, const RunFolders& folders,
                                    const OpenQueue& queue, const Selection& selection,
                                    const ResendBill& bill) {
    const auto& select = arguments.select;
    std::int64_t moved = 0;
    if (select.dry_run) {
        if (!arguments.common.json) fmt::print("{}\n", text_of(bill));
        return moved;
    }
    if (bill.tasks > 0 && !agreed(select, text_of(bill))) return std::nullopt;
    if (queue.beside) return requeue_beside(folders, selection);
    queue.store->transact([&] { moved = queue.store->requeue(selection, unix_ms()); });
    return moved;
}

// What runs the tasks that were queued again.
RunArguments run_after(const SelectArguments& select, const RunFolders& folders, Store& store) {
    RunArguments run;
    run.dir = folders.root.string();
    run.config = select.config;
    run.gateway = select.gateway;
    run.sandbox = gateway_of(store) == sandbox_gateway;
    return run;
}

}  // namespace

int retry_command(const Arguments& arguments) {
    const auto& select = arguments.select;
    const auto selection = retry_selection(select);
    const auto folders = require_run_folder(select.dir);
    const auto prices = config_of_dir(select.config, folders).prices;
    auto next = arguments;
    {
        const OpenQueue queue(folders, select.dry_run);
        auto& store = *queue.store;
        require_known(store, selection, select.dir);
        const auto rows = store.choose(selection);
        const auto bill = resend_bill(rows, prices);
        if (rows.empty()) say_nothing_matched(arguments, "no such task");
        const auto moved = requeue(arguments, folders, queue, selection, bill);
        if (!moved) return exit_ok;
        report(arguments, "requeued", *moved,
               {{"matched", bill.tasks},
                {"by_state", count_json(bill.by_state)},
                {"asked_for_first", bill.polls_again},
                {"may_be_paid_twice", bill.twice()},
                {"estimated_cost", or_null(bill.cost)},
                {"estimated_cost_twice", or_null(bill.cost_twice)},
                {"ids", ids_of(rows)}});
        if (*moved == 0 || queue.beside) return exit_ok;
        next.run = run_after(select, folders, store);
    }
    if (select.run) return run_command(next);
    if (!arguments.common.json && !arguments.common.quiet) {
        fmt::print(stderr, "next: {}\n", resume_command(next.run, next.run.dir));
    }
    return exit_ok;
}

int cancel_command(const Arguments& arguments) {
    const auto& select = arguments.select;
    const auto selection = cancel_selection(select);
    const auto folders = require_run_folder(select.dir);
    const auto prices = config_of_dir(select.config, folders).prices;
    const OpenQueue queue(folders, select.dry_run);
    auto& store = *queue.store;
    require_known(store, selection, select.dir);
    auto pending = selection, submitted = selection;
    pending.states = {State::pending};
    submitted.states = {State::running, State::submitted};
    const auto rows = store.choose(pending);
    if (rows.empty()) say_nothing_matched(arguments, "no unsent task");
    const auto bill = drop_bill(rows, store.choose(submitted), prices);
    if (bill.beyond > 0) fmt::print(stderr, "{}\n", text_of_beyond(bill));
    std::int64_t moved = 0;
    if (select.dry_run) {
        if (!arguments.common.json) fmt::print("{}\n", text_of(bill));
    } else {
        if (!rows.empty() && !agreed(select, text_of(bill))) return exit_ok;
        if (queue.beside) {
            moved = cancel_beside(folders, selection);
        } else {
            const auto now = unix_ms();
            const auto gateway = gateway_of(store);
            const auto line_of = [&](const Row& row) { return cancelled_line(row, now, gateway); };
            store.transact([&] { moved = store.cancel(selection, now, line_of); });
            const Ledger ledger(folders, store);
        }
    }
    report(arguments, "cancelled", moved,
           {{"matched", bill.tasks},
            {"beyond_recall", bill.beyond},
            {"may_have_been_paid", bill.maybe_paid},
            {"estimated_cost_saved", or_null(bill.cost)},
            {"estimated_cost_paid", or_null(bill.cost_maybe_paid)},
            {"estimated_cost_beyond_recall", or_null(bill.cost_beyond)},
            {"ids", ids_of(rows)}});
    return exit_ok;
}

}  // namespace nightshift::cli
