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
#include <functional>
#include <optional>
#include <unistd.h>

namespace nightshift::cli {
namespace {

using Json = nlohmann::ordered_json;

// True when the user agrees, or said so beforehand.
bool agreed(const SelectArguments& select, const std::string& question) {
    if (select.yes) return true;
    if (isatty(STDIN_FILENO) == 0) {
        throw UsageError(question + " No terminal to ask on: add --yes");
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

// Sums up what the selected tasks come to, a part at a time: there may be a million of them. Their
// ids are kept only where they are printed.
template <class Bill>
class Matched {
public:
    using BillOf = std::function<Bill(const std::vector<Chosen>&)>;
    Matched(Store& store, const Selection& selection, bool keep_ids, const BillOf& bill_of)
        : bill(bill_of({})) {
        std::vector<Chosen> part;
        const auto add_up = [&] {
            bill += bill_of(part);
            part.clear();
        };
        store.each_chosen(selection, [&](Chosen row) {
            if (keep_ids) ids.push_back(row.id);
            part.push_back(std::move(row));
            if (part.size() == part_rows) add_up();
        });
        add_up();
    }

    Bill bill;
    Json ids = Json::array();

private:
    static constexpr std::size_t part_rows = 1000;
};

// `move` makes one batch of a change; each is durable before the next. How many rows moved.
std::int64_t move_all(Store& store, const std::function<Moved(const Batch&)>& move,
                      const std::function<void()>& after_batch) {
    std::int64_t count = 0;
    Batch batch;
    for (bool more = true; more;) {
        Moved moved;
        store.transact([&] { moved = move(batch); });
        after_batch();
        count += moved.count;
        batch.after = moved.last;
        more = moved.more;
    }
    return count;
}

}  // namespace

namespace {

// Queues the tasks again; how many, or nothing when the user did not agree.
std::optional<std::int64_t> requeue(const Arguments& arguments, const RunFolders& folders,
                                    const OpenQueue& queue, const Selection& selection,
                                    const ResendBill& bill) {
    const auto& select = arguments.select;
    if (select.dry_run) {
        if (!arguments.common.json) fmt::print("{}\n", text_of(bill));
        return 0;
    }
    if (bill.tasks > 0 && !agreed(select, text_of(bill))) return std::nullopt;
    if (queue.beside) return requeue_beside(folders, selection);
    const auto now = unix_ms();
    const auto move = [&](const Batch& batch) {
        return queue.store->requeue(selection, now, batch);
    };
    return move_all(*queue.store, move, [] {});
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
        const Matched<ResendBill> matched(
            store, selection, arguments.common.json,
            [&](const std::vector<Chosen>& rows) { return resend_bill(rows, prices); });
        const auto& bill = matched.bill;
        if (bill.tasks == 0) say_nothing_matched(arguments, "no such task");
        const auto moved = requeue(arguments, folders, queue, selection, bill);
        if (!moved) return exit_ok;
        report(arguments, "requeued", *moved,
               {{"matched", bill.tasks},
                {"by_state", count_json(bill.by_state)},
                {"asked_for_first", bill.polls_again},
                {"may_be_paid_twice", bill.twice()},
                {"estimated_cost", or_null(bill.cost)},
                {"estimated_cost_twice", or_null(bill.cost_twice)},
                {"ids", matched.ids}});
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
    auto submitted = selection;
    submitted.states = {State::running, State::submitted};
    const Matched<DropBill> dropped(
        store, selection, arguments.common.json,
        [&](const std::vector<Chosen>& rows) { return drop_bill(rows, {}, prices); });
    auto bill = dropped.bill;
    if (!select.held) {
        const Matched<DropBill> beyond(
            store, submitted, false,
            [&](const std::vector<Chosen>& rows) { return drop_bill({}, rows, prices); });
        bill += beyond.bill;
    }
    const auto* which = select.held ? "no held task" : "no unsent task";
    if (bill.tasks == 0) say_nothing_matched(arguments, which);
    if (bill.beyond > 0) fmt::print(stderr, "{}\n", text_of_beyond(bill));
    std::int64_t moved = 0;
    if (select.dry_run) {
        if (!arguments.common.json) fmt::print("{}\n", text_of(bill));
    } else {
        if (bill.tasks > 0 && !agreed(select, text_of(bill))) return exit_ok;
        if (queue.beside) {
            moved = cancel_beside(folders, selection);
        } else {
            const auto now = unix_ms();
            const auto gateway = gateway_of(store);
            const auto line_of = [&](const Row& row) { return cancelled_line(row, now, gateway); };
            const auto move = [&](const Batch& batch) {
                return store.cancel(selection, now, line_of, batch);
            };
            Ledger ledger(folders, store);
            moved = move_all(store, move, [&] { ledger.append(store.take_committed()); });
            ledger.sync();
        }
    }
    report(arguments, "cancelled", moved,
           {{"matched", bill.tasks},
            {"held", bill.held},
            {"beyond_recall", bill.beyond},
            {"may_have_been_paid", bill.maybe_paid},
            {"estimated_cost_saved", or_null(bill.cost)},
            {"estimated_cost_paid", or_null(bill.cost_maybe_paid)},
            {"estimated_cost_beyond_recall", or_null(bill.cost_beyond)},
            {"ids", dropped.ids}});
    return exit_ok;
}

}  // namespace nightshift::cli
