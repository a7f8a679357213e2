#include "cli/command_line.hpp"

#include "base/failure.hpp"
#include "base/run_lock.hpp"
#include "base/text/terminal_text.hpp"
#include "cli/help/commands.hpp"
#include "cli/input/argument_errors.hpp"
#include "cli/input/argument_types.hpp"
#include "cli/input/arguments.hpp"
#include "cli/input/core_files.hpp"
#include "cli/input/error_json.hpp"
#include "cli/input/exit_code.hpp"
#include "cli/load/load_manifests.hpp"
#include "cli/run/last_words.hpp"
#include "http/curl/curl_library.hpp"
#include "screen/terminal.hpp"
#include "storage/sqlite/db.hpp"

#include <CLI/CLI.hpp>
#include <boost/system/system_error.hpp>
#include <boost/version.hpp>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <csignal>
#include <cstdio>
#include <fcntl.h>
#include <filesystem>
#include <functional>
#include <new>
#include <poll.h>
#include <system_error>
#include <unistd.h>

namespace nightshift::cli {
namespace {

// NIGHTSHIFT_<FLAG> for "--some-flag".
std::string environment_twin(std::string flag) {
    flag.erase(0, flag.find_first_not_of('-'));
    for (char& c : flag) c = c == '-' ? '_' : static_cast<char>(std::toupper(c));
    return "NIGHTSHIFT_" + flag;
}

template <class Value>
CLI::Option* option(CLI::App& app, const std::string& names, Value& value, const char* help) {
    const auto longest = names.substr(names.rfind("--"));
    return app.add_option(names, value, help)->envname(environment_twin(longest));
}

template <class Value>
CLI::Option* flag(CLI::App& app, const std::string& name, Value& value, const char* help) {
    return app.add_flag(name, value, help)->envname(environment_twin(name));
}

// Stays without a value where it is not given, so that the configuration has its say: CLI11 would
// write false.
CLI::Option* flag(CLI::App& app, const std::string& name, std::optional<bool>& value,
                  const char* help) {
    const auto set = [&value](std::int64_t count) { value = count > 0; };
    return app.add_flag_function(name, set, help)->envname(environment_twin(name));
}

// An option whose value shells complete and manuals show as what it is: FILE, DIR, KIND.
template <class Value>
CLI::Option* option_of(CLI::App& app, const char* type, const std::string& names, Value& value,
                       const char* help) {
    return option(app, names, value, help)->type_name(type);
}

void add_manifests(CLI::App& app, std::vector<std::string>& manifests, bool required) {
    app.add_option("MANIFEST", manifests, "JSONL files (.gz, .zst) or recipes (.toml), - for stdin")
        ->type_name("FILE")
        ->required(required);
}

void add_dir(CLI::App& app, std::string& dir) {
    app.add_option("DIR", dir, "run directory")->type_name("DIR")->required();
}

void add_common(CLI::App& app, Common& common) {
    flag(app, "--json", common.json, "print one JSON object (or JSONL for lists) to stdout");
    app.add_flag("-q,--quiet", common.quiet, "print errors only")->envname("NIGHTSHIFT_QUIET");
    app.add_flag("-v,--verbose", common.verbose, "print every task that ends")
        ->envname("NIGHTSHIFT_VERBOSE");
    option(app, "--color", common.color, "auto, always, never")
        ->check(CLI::IsMember({"auto", "always", "never"}));
}

void add_gateway(CLI::App& app, GatewayArguments& gateway) {
    option(app, "--base-url", gateway.base_url, "the gateway, such as https://api.example.com");
    option_of(app, "FILE", "--api-key-file", gateway.api_key_file, "file that holds the key");
}

void add_recipe(CLI::App& app, RecipeArguments& recipe) {
    option_of(app, "FILE", "--data", recipe.data, "of a recipe: other data, - for stdin");
    option_of(app, "NAME=VALUE", "--set", recipe.set, "of a recipe: another constant, repeatable")
        ->allow_extra_args(false);
    option_of(app, "KEY=VALUE", "--where", recipe.where,
              "of a recipe: rows whose column has this value, repeatable")
        ->allow_extra_args(false);
    option_of(app, "I/N", "--shard", recipe.shard,
              "of a recipe: the rows of one of N machines, such as 1/3");
    option(app, "--rows", recipe.rows, "of a recipe: the first N rows of what is left")
        ->check(integer_from(0, 1'000'000'000'000'000));
    option_of(app, "DIR", "--allow-files", recipe.allow_files,
              "of a recipe: it may read files of this folder, too, repeatable")
        ->allow_extra_args(false);
}

void add_expand(CLI::App& app, ExpandArguments& expand) {
    app.add_option("RECIPE", expand.recipe, "a recipe (.toml), - for stdin")
        ->type_name("FILE")
        ->required();
    add_recipe(app, expand.rows);
    app.footer(
        "Prints the manifest that the recipe stands for; sends nothing. Rows with a problem give "
        "no line.\nExit codes: 0, or 2 with every problem.");
}

void add_run(CLI::App& app, RunArguments& run) {
    add_manifests(app, run.manifests, false);
    option_of(
        app, "DIR", "-o,--output", run.dir,
        "run directory; default <first manifest's stem>.run beside the manifest, with --sandbox "
        "<stem>.sandbox.run");
    flag(
        app, "--append", run.append,
        "hand the manifest to the process that runs there, if one does; it runs its lines whatever "
        "its own --only and --limit say");
    flag(app, "--sandbox", run.sandbox,
         "use the built-in stand-in gateway, in a run directory of its own; costs nothing");
    option_of(app, "FILE", "--sandbox-faults", run.sandbox_faults,
              "faults file of the stand-in gateway");
    option_of(app, "FILE", "--sandbox-limits", run.sandbox_limits,
              "limits file of the stand-in gateway");
    option(app, "--sandbox-speed", run.sandbox_speed, "speed up its clock by this factor")
        ->check(number_from(0.001, 1e6));
    add_gateway(app, run.gateway);
    flag(app, "--dry-run", run.dry_run,
         "say gateway, folder, new and known tasks and cost, and exit; changes nothing");
    flag(app, "--new-origin", run.new_origin,
         "the gateway has moved for good: the run directory belongs to this base URL from now on; "
         "unsent tasks go there, and accepted videos are asked for there");
    option_of(app, "FILE", "--config", run.config, "default: nightshift.toml beside the manifest");
    option(app, "-j,--concurrency", run.concurrency,
           "requests in flight, all lanes (each endpoint and model is a lane) together (64)")
        ->check(integer_from(1, 100'000));
    option(app, "--limit", run.limit, "only the first N pending tasks; 0 loads and stops")
        ->check(integer_from(0, 1'000'000'000'000'000));
    option(app, "--only", run.only, "endpoint=..,model=GLOB,tag=..")->delimiter(',');
    option(app, "--max-attempts", run.max_attempts, "attempts of a task before it fails (5)")
        ->check(integer_from(1, 1000));
    option(app, "--retry-base", run.retry_base, "base of the backoff between attempts (1s)")
        ->transform(duration_from(0, 3600));
    option(app, "--poll-interval", run.poll_interval,
           "shortest time between two polls of a video (15s)")
        ->transform(duration_from(0.01, 3600));
    option(app, "--timeout", run.timeout, "ENDPOINT=DURATION or stream_idle=DURATION, repeatable")
        ->delimiter(',');
    option(app, "--deadline", run.deadline, "how long a video may take (25h)")
        ->transform(duration_from(1, 6'048'000));
    option(app, "--resend", run.resend, "ENDPOINT=all|none|N%: after an unknown outcome")
        ->delimiter(',');
    option(app, "--max-duration", run.max_duration,
           "stop sending new tasks after this time, such as 8h")
        ->transform(duration_from(0.001, 60'480'000));
    option(app, "--budget", run.budget,
           "stop before the total cost exceeds this, in the unit of the prices")
        ->check(number_from(0));
    option(app, "--progress", run.progress, "auto, tty, plain, json, none")
        ->check(CLI::IsMember({"auto", "tty", "plain", "json", "none"}));
    option_of(app, "FILE", "--metrics-file", run.metrics_file,
              "Prometheus text, written whole every 15 s and at the end");
    option_of(app, "COMMAND", "--on-done", run.on_done,
              "shell command for afterwards; NIGHTSHIFT_DONE_* tell it what became of the run");
    option_of(app, "FILE", "--log-file", run.log_file, "default: DIR/.nightshift/log");
    option_of(app, "MODE", "--ledger-mode", run.ledger_mode,
              "of a ledger.jsonl that is made, such as 640 (600: its owner only)");
    option(app, "--log-format", run.log_format, "text, json")
        ->check(CLI::IsMember({"text", "json"}));
    flag(app, "--adopt", run.adopt,
         "run a copy of a run directory: its original is not used any more");
    flag(app, "--fail-fast", run.fail_fast, "stop at the first failed task");
    option(app, "--on-change", run.on_change,
           "what to do when a known id has a new body: error, skip or replace")
        ->check(CLI::IsMember({"error", "skip", "replace"}));
    flag(app, "--stream", run.stream, "short text lines ask for a stream");
    flag(app, "--skip-invalid", run.skip_invalid, "leave bad lines out instead of stopping");
    flag(app, "--text-files", run.text_files, "also write text answers as files");
    option(app, "--model", run.model, "model of Gemini batch lines that name none");
    add_recipe(app, run.recipe);
}

void add_check(CLI::App& app, CheckArguments& check) {
    add_manifests(app, check.manifests, true);
    option_of(app, "FILE", "--config", check.config,
              "default: nightshift.toml beside the manifest");
    flag(app, "--online", check.online, "ask the gateway which models there are");
    flag(app, "--stream", check.stream, "short text lines ask for a stream");
    option(app, "--model", check.model, "model of Gemini batch lines that name none");
    option(app, "--budget", check.budget, "exit 6 when the estimated cost exceeds this")
        ->check(number_from(0));
    flag(app, "--loopback-media", check.loopback_media, "allow media links to this machine");
    add_recipe(app, check.recipe);
    add_gateway(app, check.gateway);
}

// Repeatable, one value each time: what follows may be DIR.
CLI::Option* list(CLI::App& app, const char* type, const std::string& name,
                  std::vector<std::string>& values, const char* help) {
    return option_of(app, type, name, values, help)->allow_extra_args(false);
}

void add_select(CLI::App& app, SelectArguments& select, bool retry) {
    add_dir(app, select.dir);
    if (retry) {
        flag(app, "--failed", select.failed, "failed tasks");
        flag(app, "--held", select.held, "held tasks");
        list(app, "KIND", "--kind", select.kinds, "that ended with this error kind");
        list(app, "FLAG", "--flag", select.flags, "with this flag; alone: of what succeeded");
        flag(app, "--run", select.run, "then run the directory");
        add_gateway(app, select.gateway);
    } else {
        flag(app, "--held", select.held, "give up held tasks instead");
    }
    list(app, "ID", "--id", select.ids, "the task of this id");
    list(app, "ENDPOINT", "--endpoint", select.endpoints, "of this endpoint");
    list(app, "GLOB", "--model", select.models, "of this model");
    list(app, "TAG", "--tag", select.tags, "with this tag");
    list(app, "KEY=VALUE", "--where", select.where, "whose metadata has this field and value");
    option(app, "--only", select.only, "endpoint=..,model=GLOB,tag=..")->delimiter(',');
    flag(app, "--dry-run", select.dry_run, "show what would happen and exit");
    flag(app, "--yes", select.yes, "do not ask");
    option_of(app, "FILE", "--config", select.config,
              "prices; default: nightshift.toml as remembered by the run directory");
    app.footer(std::string("Different selectors: all must hold. One given twice: either value.") +
               (retry ? "\n--failed and --held together mean either."
                      : "\nA held task is given up when --id names it, or with --held; its "
                        "maybe_billed stays."));
}

void add_ls(CLI::App& app, SelectArguments& select) {
    add_dir(app, select.dir);
    list(app, "STATE", "--state", select.states, "in this state")
        ->check(CLI::IsMember(
            {"pending", "running", "submitted", "succeeded", "failed", "held", "cancelled"}));
    list(app, "KIND", "--kind", select.kinds, "that ended with this error kind");
    list(app, "FLAG", "--flag", select.flags, "with this flag");
    list(app, "ID", "--id", select.ids, "the task of this id");
    list(app, "ENDPOINT", "--endpoint", select.endpoints, "of this endpoint");
    list(app, "GLOB", "--model", select.models, "of this model");
    list(app, "TAG", "--tag", select.tags, "with this tag");
    list(app, "KEY=VALUE", "--where", select.where, "whose metadata has this field and value");
    app.footer(
        "Different selectors: all must hold. One given twice: either value.\n"
        "--json: a line {schema, id, endpoint, model, state, kind, flags, attempts, maybe_billed, "
        "cost} for each task.");
}

void add_init(CLI::App& app, Arguments& arguments) {
    app.add_option("DIR", arguments.dir, "folder to write them to; default: the current one")
        ->type_name("DIR");
    app.footer("Writes night.jsonl and nightshift.toml, never over a file that is there.");
}

void add_lanes(CLI::App& app, SteerArguments& steer, const char* footer) {
    add_dir(app, steer.dir);
    option(app, "--lane", steer.lane, "endpoint=..,model=GLOB; default: all of it")->delimiter(',');
    app.footer(footer);
}

void add_set(CLI::App& app, SteerArguments& steer) {
    add_dir(app, steer.dir);
    app.add_option("NAME=VALUE", steer.settings, "what to set")->type_name("SETTING")->required();
    app.footer(
        "concurrency=N, budget=AMOUNT, max_duration=DURATION, limit.MATCH.FIELD=N with the fields "
        "requests_per_minute, tokens_per_minute, concurrency, remote_tasks, burst; MATCH is a "
        "model, the glob of a [[limit]], or an endpoint. \"none\" takes a bound away. All or none "
        "is set, "
        "for this process only: a restart reads flags and nightshift.toml again. A run that "
        "stopped at its budget or its duration and still polls sends again when it is raised.\n"
        "--json: {schema, changed: [{name, before, after}]}.");
}

void add_verify(CLI::App& app, Arguments& arguments) {
    add_dir(app, arguments.dir);
    flag(app, "--repair", arguments.repair, "rebuild ledger.jsonl from the queue if it is damaged");
    app.footer(
        "Exit codes: 0 all is well, 1 something is wrong (one line each, with what to do), 7 the "
        "queue is damaged, 8 in use.\n"
        "--json: {schema, dir, ok, files, bytes, ledger_lines, ledger_repaired, problems: [{kind, "
        "path, line, id, what, remedy}]};\n"
        "kinds: file_missing, file_short, file_changed, file_orphan, ledger_short, "
        "ledger_changed, ledger_long.");
}

void add_doctor(CLI::App& app, DoctorArguments& doctor) {
    app.add_option("PATH", doctor.paths, "the run directory and manifests, if any yet")
        ->type_name("PATH");
    option_of(app, "FILE", "--config", doctor.config,
              "default: nightshift.toml beside the manifest");
    add_gateway(app, doctor.gateway);
    app.footer(
        "One line each: ok, warn or fail, what was looked at, what was found, what to do. Sends "
        "GET /v1/models and no more.\n"
        "Exit codes: 0 nothing failed; else what a run would end with: 2, 4, 5, 6, 7, 8.\n"
        "--json: a line {type: check, schema, grade, name, found, what_to_do, exit_code} each, at "
        "last "
        "{type: summary, schema, ok, warn, fail, exit_code}.");
}

void add_sandbox(CLI::App& app, SandboxArguments& sandbox) {
    option(app, "--listen", sandbox.listen, "HOST:PORT (127.0.0.1:8787)");
    flag(app, "--insecure-listen", sandbox.insecure_listen,
         "listen on an address that other machines can reach and use");
    option(app, "--seed", sandbox.seed, "same seed, same replies");
    option(app, "--speed", sandbox.speed, "speed up its clock by this factor")
        ->check(number_from(0.001, 1e6));
    option_of(app, "FILE", "--faults", sandbox.faults, "TOML or JSON: schemas/sandbox_faults.json");
    option_of(app, "FILE", "--limits", sandbox.limits, "TOML or JSON: schemas/sandbox_limits.json");
    option_of(app, "DIR", "--state", sandbox.state, "folder that keeps its tasks and books");
}

using Command = std::function<int(const Arguments&)>;

// The commands with their arguments; `chosen` is set when one was named.
void add_commands(CLI::App& app, Arguments& a, Command& chosen) {
    auto add = [&](const char* name, const char* help, Command command) -> CLI::App& {
        auto* sub = app.add_subcommand(name, help);
        add_common(*sub, a.common);
        sub->callback([&chosen, command] { chosen = command; });
        return *sub;
    };
    add_init(add("init", "write a sample manifest and configuration to begin with", init_command),
             a);
    add_run(add("run", "load manifests, run them, resume what was interrupted", run_command),
            a.run);
    add_check(add("check", "validate manifests; sends nothing", check_command), a.check);
    add_expand(add("expand", "print the manifest that a recipe stands for", expand_command),
               a.expand);
    auto& status = add("status", "counts by endpoint, model and state", status_command);
    add_dir(status, a.dir);
    flag(status, "--watch", a.watch, "again every two seconds, until Ctrl-C");
    option(status, "--by", a.by, "rows of the table: endpoint, model, state; kind: of errors")
        ->check(CLI::IsMember({"endpoint", "model", "state", "kind"}));
    add_ls(add("ls", "list tasks by state, tag, model, ...", ls_command), a.select);
    auto& show = add("show", "one task: its body, attempts, files", show_command);
    add_dir(show, a.dir);
    show.add_option("ID", a.id, "the task's id")->type_name("ID")->required();
    add_verify(add("verify", "re-read every output file, hold the ledger against the queue",
                   verify_command),
               a);
    add_select(add("retry", "queue failed, held or flagged tasks again", retry_command), a.select,
               true);
    add_select(add("cancel", "drop tasks that were not sent", cancel_command), a.select, false);
    add_lanes(
        add("pause", "a running process sends nothing more until resume", pause_command), a.steer,
        "No POST leaves; polls and downloads continue. A pause belongs to the process: a restart "
        "runs. Exit codes: 0, 2 no process runs there, 8 it takes no orders.\n"
        "--json: {schema, lanes, in_flight}.");
    add_lanes(
        add("resume", "a paused process sends again", resume_command), a.steer,
        "Lanes that were paused after many equal errors are tried again, too. Exit codes: 0, "
        "2 no process runs there, 8 it takes no orders.\n--json: {schema, lanes, in_flight}.");
    add_set(add("set", "change limits and budget of a running process", set_command), a.steer);
    add_gateway(add("models", "the gateway's models and their endpoints", models_command),
                a.gateway);
    add_doctor(add("doctor", "check everything a run needs", doctor_command), a.doctor);
    add_sandbox(add("sandbox", "serve the stand-in gateway on loopback", sandbox_command),
                a.sandbox);
}

// Those that speak of the program itself.
void add_guides(CLI::App& app, Arguments& a, Command& chosen) {
    auto* completion = app.add_subcommand("completion", "print a completion script for a shell");
    completion->add_option("SHELL", a.topic, "bash, zsh, fish")
        ->required()
        ->check(CLI::IsMember({"bash", "zsh", "fish"}));
    completion->footer("Such as: source <(nightshift completion bash)");
    completion->callback([&app, &chosen] {
        chosen = [&app](const Arguments& arguments) {
            return completion_command(arguments, option_tree_of(app));
        };
    });
    auto* help = app.add_subcommand("help", "topics: exit codes, environment, manifest, ...");
    help->add_option("TOPIC", a.topic, "a topic or a command; none: list them")->type_name("TOPIC");
    help->callback([&app, &chosen] {
        chosen = [&app](const Arguments& arguments) {
            for (const auto* command : app.get_subcommands([](const CLI::App*) { return true; })) {
                if (command->get_name() != arguments.topic) continue;
                fmt::print("{}", command->help(app.get_name()));
                return int{exit_ok};
            }
            return help_command(arguments, option_tree_of(app));
        };
    });
}

std::string versions() {
    const auto curl = http::library();
    return fmt::format("nightshift {}\nlibcurl {} ({})\nSQLite {}\nBoost {}.{}.{}",
                       NIGHTSHIFT_VERSION, curl.version, curl.tls, sqlite_library().version,
                       BOOST_VERSION / 100'000, BOOST_VERSION / 100 % 1000, BOOST_VERSION % 100);
}

// Arguments and files have their names in it, which may hold anything; line breaks are our own.
int complain(int code, const std::string& text) {
    std::string safe;
    for (std::size_t from = 0; from <= text.size();) {
        const auto end = std::min(text.find('\n', from), text.size());
        safe += (from == 0 ? "" : "\n") + term_safe(text.substr(from, end - from));
        from = end + 1;
    }
    screen::say(stderr, "nightshift: " + safe + "\n");
    return code;
}

// A descriptor 0, 1 or 2 that is closed would be given to the next file that is opened, and what is
// said would be written into it: into the queue, at worst.
void fill_standard_streams() {
    int fd = open("/dev/null", O_RDWR);
    while (fd >= 0 && fd <= STDERR_FILENO) fd = open("/dev/null", O_RDWR);
    if (fd > STDERR_FILENO) close(fd);
}

bool reader_is_gone() {
    pollfd out{STDOUT_FILENO, POLLOUT, 0};
    return poll(&out, 1, 0) > 0 && (out.revents & (POLLERR | POLLHUP)) != 0;
}

// A command whose data did not arrive has not succeeded; that the reader had enough is no error.
int finish_output(int code) {
    const bool lost = std::fflush(stdout) != 0 || std::ferror(stdout) != 0;
    if (!lost || reader_is_gone() || code != exit_ok) return code;
    return complain(exit_storage, "stdout cannot be written; is its disk full?");
}

// `json`: a program waits on stdout for an object, also when nothing was done.
int run_to_code(const Command& command, const Arguments& arguments, bool json) {
    const auto refuse = [json](int code, const std::string& text,
                               const std::vector<Problem>& problems = {}) {
        if (json) screen::say(stdout, error_json(code, text, problems) + "\n");
        return complain(code, text);
    };
    try {
        return command(arguments);
    } catch (const BadManifest& error) {
        return refuse(exit_usage, error.what(), error.problems());
    } catch (const UsageError& error) {
        return refuse(exit_usage, error.what());
    } catch (const InUse& error) {
        return refuse(exit_in_use, error.what());
    } catch (const StorageError& error) {
        return refuse(exit_storage, error.what());
    } catch (const std::filesystem::filesystem_error& error) {
        return refuse(exit_storage, error.path1().string() + ": " + error.code().message());
    } catch (const nlohmann::json::exception&) {
        return refuse(exit_storage,
                      "a file of the run directory, or the process that runs it, says something "
                      "that nightshift does not write; restore the folder");
    } catch (const std::bad_alloc&) {
        return refuse(exit_storage, lack_words);
    } catch (const boost::system::system_error& error) {
        if (!is_lack(error)) throw;
        return refuse(exit_storage, lack_words);
    } catch (const std::system_error& error) {
        if (is_lack(error)) return refuse(exit_storage, lack_words);
        if (std::ferror(stdout) == 0) throw;
        return exit_ok;  // fmt could not write to it: finish_output has the last word
    }
}

}  // namespace

int main(int argc, char** argv) {
    std::signal(SIGPIPE, SIG_IGN);
    prepare_for_lack();
    fill_standard_streams();
    if (has_key_in_environment()) forbid_core_files();
    Arguments arguments;
    Command command;
    CLI::App app(
        "Runs a manifest of generative-model tasks against one gateway: paid once, never "
        "lost, resumable at any point.");
    app.require_subcommand(1);
    app.set_version_flag("-V,--version", versions, "print the version, and those of its libraries");
    app.failure_message(failure_words);
    add_common(app, arguments.common);  // before the command as well as behind it
    add_commands(app, arguments, command);
    add_guides(app, arguments, command);
    try {
        app.parse(argc, argv);
    } catch (const CLI::ParseError& error) {
        const auto unknown = unknown_command(app, argc, argv);
        if (!unknown.empty()) return complain(exit_usage, unknown);
        return app.exit(error) == 0 ? exit_ok : exit_usage;
    }
    try {
        const bool json = app.got_subcommand("run") &&
                          (arguments.common.json || arguments.run.progress.value_or("") == "json");
        return finish_output(run_to_code(command, arguments, json));
    } catch (const std::exception& error) {
        return complain(exit_bug, std::string("internal error: ") + error.what());
    }
}

}  // namespace nightshift::cli
