// nightshift run: load (idempotent), run, resume.

#include "cli/arguments.hpp"
#include "cli/budget_check.hpp"
#include "cli/control/append_beside.hpp"
#include "cli/control/ask_run.hpp"
#include "cli/copied_folder.hpp"
#include "cli/exit_code.hpp"
#include "cli/found_config.hpp"
#include "cli/loading.hpp"
#include "cli/rehearsal.hpp"
#include "cli/resume_command.hpp"
#include "cli/run_session.hpp"
#include "cli/selection.hpp"
#include "cli/signals.hpp"
#include "core/failure.hpp"
#include "core/input_file.hpp"
#include "output/owned_folder.hpp"
#include "screen/say.hpp"
#include "screen/screen.hpp"
#include "storage/new_queue.hpp"

#include <fmt/format.h>

#include <cstdio>

namespace nightshift::cli {
namespace {

namespace fs = std::filesystem;

// "<first manifest's stem>.run" in the current folder.
fs::path default_dir(const std::vector<std::string>& manifests) {
    if (manifests.empty()) {
        throw UsageError("run: no manifest; give a JSONL file, or -o DIR alone to resume");
    }
    if (is_handed_over(manifests.front())) return "stdin.run";
    auto name = fs::path(manifests.front()).filename();
    for (const auto* ending : {".gz", ".zst"}) {
        if (name.extension() == ending) name = name.stem();
    }
    return name.stem().string() + ".run";
}

// The queue remembers its gateway: a task that one gateway has must not be asked of another.
void check_origin(Store& store, const http::Origin& origin) {
    const auto before = store.meta("origin");
    const auto now = origin.identity();
    if (before == now) return;
    Selection submitted;
    submitted.states = {State::running, State::submitted};
    if (!before.empty() && store.count_of(submitted) > 0) {
        throw UsageError(
            fmt::format("this run directory has tasks under way at {}, not at {}; "
                        "resume with the same base URL",
                        before, now));
    }
    store.transact([&] { store.set_meta("origin", now); });
}

// Into the queue that is there, or into a new one.
Loaded load(const RunFolders& folders, const RunArguments& run, const Settings& settings,
            bool loopback_media, screen::LoadingView& view) {
    const auto queue = folders.queue();
    if (fs::exists(queue)) {
        SqliteStore store(queue, SqliteDb::Mode::read_write);
        require_home(store, folders, run.adopt);
        return load_manifests(store, run.manifests, settings, loopback_media, view);
    }
    NewQueue fresh(queue);
    const auto loaded =
        load_manifests(fresh.store(), run.manifests, settings, loopback_media, view);
    fresh.publish();
    return loaded;
}

void say_loaded(const Loaded& loaded, bool quiet) {
    if (quiet) return;
    auto text = fmt::format("{} task{} added, {} already known", loaded.added,
                            loaded.added == 1 ? "" : "s", loaded.known);
    if (loaded.replaced > 0) text += fmt::format(", {} replaced", loaded.replaced);
    if (loaded.bad_lines > 0) text += fmt::format(", {} bad lines left out", loaded.bad_lines);
    screen::say(stderr, text + "\n");
}

// 0: the process that runs there has them.
int append_to_run(const Arguments& arguments, const RunFolders& folders, const Settings& settings) {
    const auto loaded = append_beside(folders, arguments.run, settings);
    if (arguments.common.json) {
        screen::say(stdout,
                    fmt::format("{{\"schema\":1,\"added\":{},\"known\":{},\"replaced\":{},"
                                "\"bad_lines\":{}}}\n",
                                loaded.added, loaded.known, loaded.replaced, loaded.bad_lines));
    }
    say_loaded(loaded, arguments.common.quiet);
    return exit_ok;
}

// A second run of a folder is refused; what it was to load can be handed over.
void own(std::optional<OwnedFolder>& owned, const RunFolders& folders, bool loads) {
    try {
        owned.emplace(folders, true);
    } catch (const InUse& error) {
        if (!loads) throw;
        throw InUse(std::string(error.what()) + ", or hand it the manifest: run --append");
    }
    if (!owned->warning().empty()) screen::say(stderr, "warning: " + owned->warning() + "\n");
}

// What is to become a run directory is a folder, or nothing yet; and a ledger in it has its queue.
void check_dir(const RunFolders& folders) {
    const auto& root = folders.root;
    std::error_code error;
    const bool something = fs::exists(fs::symlink_status(root, error));
    if (something && !fs::is_directory(root, error)) {
        const auto* what = fs::exists(root, error) ? "is a file" : "is a link that leads nowhere";
        throw UsageError("-o " + root.string() + ": " + what +
                         "; give a new folder or an existing run directory");
    }
    const auto ledger = fs::symlink_status(folders.ledger(), error);
    if (!fs::exists(ledger) || fs::exists(folders.queue(), error)) return;
    if (fs::is_regular_file(ledger) && fs::file_size(folders.ledger(), error) == 0) return;
    throw UsageError(folders.ledger().string() +
                     " is there, but its queue is not: the file is left as it is; move it away, or "
                     "give another folder with -o");
}

// The summary of a run that only loads.
void tell_loaded(const RunArguments& run, const RunFolders& folders, Store& store) {
    screen::Summary summary;
    for (const auto& count : store.counts()) summary.counts[count.state] += count.count;
    summary.dir = folders.root.string();
    summary.resume = resume_command(run, summary.dir);
    screen::say(stdout, screen::summary_json(summary) + "\n");
}

}  // namespace

int run_command(const Arguments& arguments) {
    ignore_run_signals();
    const auto& run = arguments.run;
    const auto config = load_config(run.config, run.manifests);
    const auto settings = settle(run, config);
    const bool is_found = run.config.empty() && !config.file.empty();
    if (is_found && !arguments.common.quiet) {
        screen::say(stderr, announcement_of(config) + "\n");
    }
    Selection only;
    add_only(only, run.only);  // wrong ones are found before anything is loaded
    const RunFolders folders{
        resolved_dir(run.dir.empty() ? default_dir(run.manifests) : fs::path(run.dir))};
    check_dir(folders);
    if (run.manifests.empty() && !fs::exists(folders.queue()) && !is_running(folders)) {
        throw UsageError(folders.root.string() + " has no queue to resume; give a manifest");
    }
    if (run.append && run.manifests.empty()) {
        throw UsageError("run --append: no manifest to hand over");
    }
    if (run.append && is_running(folders)) {
        try {
            return append_to_run(arguments, folders, settings);
        } catch (const NotRunning&) {
            // It has just ended: this is a run like any other.
        }
    }
    const bool sends = run.limit.value_or(1) != 0;
    std::optional<Credentials> credentials;
    if (sends && !run.sandbox) {
        credentials = find_credentials(run.gateway.base_url, run.gateway.api_key_file);
        check_proxy_setting(*credentials);
    }
    const auto names = title_of(run.manifests, folders.root.string());
    screen::LoadingView view({.progress = settings.progress,
                              .color = arguments.common.color,
                              .quiet = arguments.common.quiet,
                              .title = {}},
                             (run.manifests.empty() ? "opening " : "loading ") + names);
    std::optional<OwnedFolder> owned;
    own(owned, folders, !run.manifests.empty());
    check_dir(folders);  // it may have been made meanwhile
    // Whoever knocks while the manifest is loaded waits for the answer.
    std::optional<control::Door> door;
    if (sends) door.emplace(folders.hidden());
    const auto remote = network_file_system_of(folders.hidden());
    if (!remote.empty()) {
        view.clear();
        screen::say(stderr, fmt::format("{} is on {}: the queue keeps the journal that is safe "
                                        "there, which is slower; a local disk is better\n",
                                        folders.root.string(), remote));
    }
    if (!run.manifests.empty()) {
        const bool loopback = run.sandbox || (credentials && credentials->origin.is_loopback());
        const auto loaded = load(folders, run, settings, loopback, view);
        view.clear();
        say_loaded(loaded, arguments.common.quiet);
    }
    SqliteStore store(folders.queue(), SqliteDb::Mode::read_write);
    require_home(store, folders, run.adopt);
    require_prices(store, settings.engine);
    remember_prices(store, config, !run.config.empty());
    owned->keep();
    view.clear();
    if (!sends) {
        const Ledger ledger(folders, store, settings.ledger_mode);
        if (arguments.common.json || settings.progress == "json") tell_loaded(run, folders, store);
        return exit_ok;
    }
    std::optional<Rehearsal> rehearsal;
    if (run.sandbox) {
        rehearsal = start_rehearsal(run, folders);
        credentials = rehearsal->credentials;
    }
    check_origin(store, credentials->origin);
    return run_session(arguments, settings, *credentials, {folders, store, *door});
}

}  // namespace nightshift::cli
