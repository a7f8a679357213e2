// nightshift run: load (idempotent), run, resume.

#include "base/failure.hpp"
#include "base/input_file.hpp"
#include "base/text/counted.hpp"
#include "base/text/terminal_text.hpp"
#include "cli/input/arguments.hpp"
#include "cli/input/budget_check.hpp"
#include "cli/input/exit_code.hpp"
#include "cli/input/fd_budget.hpp"
#include "cli/input/found_config.hpp"
#include "cli/input/known_values.hpp"
#include "cli/input/open_queue.hpp"
#include "cli/input/remembered_config.hpp"
#include "cli/input/run_dir.hpp"
#include "cli/input/run_gateway.hpp"
#include "cli/input/sandbox_run.hpp"
#include "cli/input/selection.hpp"
#include "cli/live/append_client.hpp"
#include "cli/live/run_client.hpp"
#include "cli/load/dry_run.hpp"
#include "cli/load/load_manifests.hpp"
#include "cli/load/recipe_reader.hpp"
#include "cli/run/copied_folder.hpp"
#include "cli/run/resume_command.hpp"
#include "cli/run/run_wiring.hpp"
#include "cli/run/signals.hpp"
#include "files/owned_folder.hpp"
#include "screen/screen.hpp"
#include "screen/terminal.hpp"
#include "storage/sqlite/queue_builder.hpp"

#include <fmt/format.h>

#include <cstdio>

namespace nightshift::cli {
namespace {

namespace fs = std::filesystem;

// -o, or the manifest's own.
fs::path dir_of(const RunArguments& run, bool quiet) {
    if (!run.dir.empty()) return run.dir;
    if (run.manifests.empty()) {
        throw UsageError("run: no manifest; give a JSONL file, or -o DIR alone to resume");
    }
    const auto dir = default_dir(run.manifests, run.sandbox);
    if (dir.is_older && !quiet) {
        screen::say(stderr,
                    fmt::format("using {0} in the current folder, where an earlier version put it; "
                                "-o {0} says so without this note\n",
                                term_safe(dir.path.string())));
    }
    return dir.path;
}

// Into the queue that is there, when it is this gateway's, or into a new one, which is then.
Loaded load(const RunFolders& folders, const RunArguments& run, const std::string& gateway,
            const Settings& settings, bool loopback_media, screen::LoadingView& view) {
    if (fs::exists(folders.queue())) {
        SqliteStore store(folders.queue(), SqliteDb::Mode::read_write);
        require_home(store, folders, run.adopt);
        check_gateway(store, folders, run, gateway);
        return load_manifests(store, run, settings, loopback_media, view);
    }
    NewQueue fresh(folders.queue());
    claim_gateway(fresh.store(), folders, run, gateway);
    const auto loaded = load_manifests(fresh.store(), run, settings, loopback_media, view);
    fresh.publish();
    return loaded;
}

// What only the loaded tasks can tell of the flags. A queue that this start made is taken back
// when it can not be run so: nothing is left behind.
void check_tasks(const RunFolders& folders, const Selection& only, const EngineOptions& options,
                 const Config& config, bool is_new) {
    try {
        SqliteStore store(folders.queue(), SqliteDb::Mode::read_write);
        require_known(store, only, folders.root.string());
        require_prices(store, options);
        remember_prices(store, config, config.is_named);
    } catch (const UsageError&) {
        std::error_code error;
        for (const auto* part : {"", "-wal", "-shm", "-journal"}) {
            if (is_new) fs::remove(folders.queue().string() + part, error);
        }
        throw;
    }
}

void say_loaded(const Loaded& loaded, bool quiet) {
    if (quiet) return;
    auto text = fmt::format("{} added, {} already known", counted(loaded.added, "task"),
                            grouped(loaded.known));
    if (loaded.replaced > 0) text += fmt::format(", {} replaced", grouped(loaded.replaced));
    if (loaded.bad_lines > 0) text += ", " + counted(loaded.bad_lines, "bad line") + " left out";
    if (loaded.added + loaded.known + loaded.replaced == 0) text += ": the manifest has no tasks";
    screen::say(stderr, text + "\n");
}

// 0: the process that runs there has them.
int append_to_run(const Arguments& arguments, const RunFolders& folders, const Settings& settings) {
    require_gateway(*open_for_reading(folders), folders, arguments.run,
                    gateway_asked_for(arguments.run, std::nullopt));
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
    summary.gateway = gateway_of(store);
    summary.resume = resume_command(run, summary.dir);
    screen::say(stdout, screen::summary_json(summary) + "\n");
}

}  // namespace

int run_command(const Arguments& arguments) {
    ignore_run_signals();
    const auto& run = arguments.run;
    const bool sends = run.limit.value_or(1) != 0;
    if (sends && !run.dry_run && !run.append) require_descriptors_for_run(run.sandbox);
    const RunFolders folders{resolved_dir(dir_of(run, arguments.common.quiet))};
    const auto config = config_of_run(run, folders, arguments.common.quiet);
    const auto settings = settle(run, config);
    const bool is_found = !config.is_named && !config.file.empty();
    if (is_found && !arguments.common.quiet) {
        screen::say(stderr, announcement_of(config) + "\n");
    }
    Selection only;
    add_only(only, run.only);  // wrong ones are found before anything is loaded
    check_dir(folders);
    if (run.manifests.empty() && !fs::exists(folders.queue()) && !is_running(folders)) {
        throw UsageError(folders.root.string() + " has no queue to resume; give a manifest");
    }
    require_any_price(settings.engine, config.file);
    if (run.dry_run) {
        const auto gateway = gateway_asked_for(run, std::nullopt);
        const bool loopback = run.sandbox || is_loopback_gateway(run);
        return dry_run({arguments, folders, config, settings, gateway, loopback});
    }
    if (run.append && has_recipe_flag(run.recipe)) {
        throw UsageError(
            "run --append: --data, --set, --where, --shard, --rows and --allow-files "
            "cannot be handed over; expand the recipe and hand over its manifest");
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
    const auto gateway = gateway_asked_for(run, credentials);
    const bool is_new = !fs::exists(folders.queue());
    if (!run.manifests.empty()) {
        const bool loopback = run.sandbox || (credentials && credentials->origin.is_loopback());
        const auto loaded = load(folders, run, gateway, settings, loopback, view);
        view.clear();
        say_loaded(loaded, arguments.common.quiet);
    }
    check_tasks(folders, only, settings.engine, config, is_new);
    SqliteStore store(folders.queue(), SqliteDb::Mode::read_write);
    require_home(store, folders, run.adopt);
    claim_gateway(store, folders, run, gateway);
    remember_config(folders, config);
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
    return run_session(arguments, settings, *credentials,
                       {folders, store, *door, gateway, expectation_hook(rehearsal)});
}

}  // namespace nightshift::cli
