// nightshift retry and cancel: what becomes of tasks that did not succeed, or were not sent.

#include "cli/arguments.hpp"
#include "cli/cancelled_line.hpp"
#include "cli/control/ask_run.hpp"
#include "cli/exit_code.hpp"
#include "cli/open_queue.hpp"
#include "cli/selection.hpp"
#include "core/failure.hpp"
#include "output/ledger.hpp"

#include <fmt/format.h>

#include <chrono>
#include <cstdio>
#include <unistd.h>

namespace nightshift::cli {
namespace {

std::int64_t unix_ms() {
    return std::chrono::duration_cast<std::chrono::milliseconds>(
               std::chrono::system_clock::now().time_since_epoch())
        .count();
}

Selection retry_selection(const SelectArguments& select) {
    Selection selection;
    add_only(selection, select.only);
    selection.id = select.id;
    selection.kind = select.kind;
    selection.flag = select.flag;
    if (!select.kind.empty() && !kind_named(select.kind)) {
        throw UsageError("--kind: \"" + select.kind + "\" is no error kind");
    }
    if (select.failed || !select.kind.empty()) selection.states.push_back(State::failed);
    if (select.held) selection.states.push_back(State::held);
    if (!select.flag.empty()) selection.states.push_back(State::succeeded);
    if (selection.states.empty() && !select.id.empty()) {
        selection.states = {State::failed, State::held, State::succeeded, State::cancelled};
    }
    if (selection.states.empty()) {
        throw UsageError("retry: say which tasks: --failed, --held, --kind K, --flag F or --id ID");
    }
    return selection;
}

// True when the user agrees, or said so beforehand.
bool agreed(const SelectArguments& select, const std::string& question) {
    if (select.yes) return true;
    if (isatty(STDIN_FILENO) == 0) {
        throw UsageError(question + " There is no terminal to ask: add --yes");
    }
    fmt::print(stderr, "{} [y/N] ", question);
    const int answer = std::getchar();
    return answer == 'y' || answer == 'Y';
}

void report(const Arguments& arguments, const char* verb, std::int64_t count) {
    if (arguments.common.json) {
        fmt::print("{{\"schema\":1,\"{}\":{}}}\n", verb, count);
    } else if (!arguments.common.quiet) {
        fmt::print(stderr, "{} task{} {}\n", count, count == 1 ? "" : "s", verb);
    }
}

// The queue of a folder that nobody runs, or, beside a process that runs it, what it looks like.
struct OpenQueue {
    explicit OpenQueue(const RunFolders& folders) : beside(is_running(folders)) {
        if (!beside) lock.emplace(folders.hidden() / "lock");
        const auto mode = beside ? SqliteDb::Mode::read_only : SqliteDb::Mode::read_write;
        store = std::make_unique<SqliteStore>(folders.queue(), mode);
    }

    bool beside;  // changes go through the process
    std::optional<RunLock> lock;
    std::unique_ptr<SqliteStore> store;
};

}  // namespace

int retry_command(const Arguments& arguments) {
    const auto selection = retry_selection(arguments.select);
    const auto folders = require_run_folder(arguments.select.dir);
    const OpenQueue queue(folders);
    auto& store = *queue.store;
    const auto count = store.count_of(selection);
    if (count > 0) {
        auto held = selection;
        held.states = {State::held};
        const bool asks_held = arguments.select.held || !arguments.select.id.empty();
        const auto twice = asks_held ? store.count_of(held) : 0;
        auto question = fmt::format("{} task{} will be sent again.", count, count == 1 ? "" : "s");
        if (twice > 0) {
            question += fmt::format(
                " {} of them may have been paid already: the gateway may bill "
                "them twice.",
                twice);
        }
        if (!agreed(arguments.select, question)) return exit_ok;
    }
    std::int64_t moved = 0;
    if (queue.beside) {
        moved = requeue_beside(folders, selection);
    } else {
        store.transact([&] { moved = store.requeue(selection, unix_ms()); });
    }
    report(arguments, "requeued", moved);
    return exit_ok;
}

int cancel_command(const Arguments& arguments) {
    Selection selection;
    add_only(selection, arguments.select.only);
    selection.id = arguments.select.id;
    const auto folders = require_run_folder(arguments.select.dir);
    const OpenQueue queue(folders);
    auto& store = *queue.store;
    auto pending = selection, submitted = selection;
    pending.states = {State::pending};
    submitted.states = {State::running, State::submitted};
    const auto count = store.count_of(pending);
    const auto beyond = store.count_of(submitted);
    if (beyond > 0) {
        fmt::print(stderr,
                   "{} accepted or sent task{} cannot be cancelled: they go on and are "
                   "billed\n",
                   beyond, beyond == 1 ? "" : "s");
    }
    if (count > 0 && !agreed(arguments.select, fmt::format("{} unsent task{} will be dropped.",
                                                           count, count == 1 ? "" : "s"))) {
        return exit_ok;
    }
    const auto now = unix_ms();
    std::int64_t moved = 0;
    if (queue.beside) {
        moved = cancel_beside(folders, selection);
    } else {
        store.transact([&] {
            moved = store.cancel(selection, now,
                                 [now](const Row& row) { return cancelled_line(row, now); });
        });
        const Ledger ledger(folders, store);
    }
    report(arguments, "cancelled", moved);
    return exit_ok;
}

}  // namespace nightshift::cli
