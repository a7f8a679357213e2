// What the command line says, as values. Every flag has an environment twin NIGHTSHIFT_<FLAG>.

#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace nightshift::cli {

struct Common {
    bool json = false, quiet = false, verbose = false;
    std::string color = "auto";
};

struct GatewayArguments {
    std::string base_url, api_key_file;
};

// What narrows a recipe down, or gives it other data.
struct RecipeArguments {
    std::string data;  // --data
    std::vector<std::string> set, where, allow_files;
    std::string shard;  // "i/n"
    std::optional<std::int64_t> rows;
};

// Flags that a configuration file may set too are optional: absent means "the file, then the
// default".
struct RunArguments {
    std::vector<std::string> manifests;
    std::string dir, config;
    bool append = false;   // to a process that runs there
    bool dry_run = false;  // say what would be run
    bool sandbox = false;
    bool new_origin = false;  // the gateway moved: another base URL for this run directory
    std::string sandbox_faults, sandbox_limits;  // with --sandbox
    std::optional<double> sandbox_speed;
    GatewayArguments gateway;
    std::optional<int> concurrency, max_attempts;
    std::optional<double> retry_base, poll_interval, deadline, max_duration, budget;
    std::optional<std::int64_t> limit;
    std::vector<std::string> only, timeout, resend;
    std::optional<std::string> progress, on_change, model;
    std::optional<std::string> metrics_file, on_done, log_file, log_format;
    std::optional<std::string> ledger_mode;  // octal
    bool adopt = false;                      // a copied run directory
    std::optional<bool> fail_fast, stream, skip_invalid, text_files;
    RecipeArguments recipe;
};

struct CheckArguments {
    std::vector<std::string> manifests;
    std::string config, model;
    bool online = false, stream = false, loopback_media = false;
    std::optional<double> budget;
    GatewayArguments gateway;
    RecipeArguments recipe;
};

struct ExpandArguments {
    std::string recipe;  // its file
    RecipeArguments rows;
};

struct SelectArguments {
    std::string dir, config;
    bool failed = false, held = false, yes = false, dry_run = false;
    bool run = false;          // retry: and run the directory then
    GatewayArguments gateway;  // ... against this one
    // A task must meet each that is given, by any one of its values.
    std::vector<std::string> kinds, flags, ids, endpoints, models, tags, where, only, states;
};

struct SteerArguments {  // pause, resume, set
    std::string dir;
    std::vector<std::string> lane, settings;
};

struct SandboxArguments {
    std::string listen = "127.0.0.1:8787";
    std::uint64_t seed = 1;
    double speed = 1;
    std::string faults, limits, state;
    bool insecure_listen = false;
};

struct DoctorArguments {
    std::vector<std::string> paths;  // a run directory, manifests
    std::string config;
    GatewayArguments gateway;
};

struct Arguments {
    Common common;
    RunArguments run;
    CheckArguments check;
    ExpandArguments expand;
    SelectArguments select;  // retry, cancel, ls
    SteerArguments steer;
    SandboxArguments sandbox;
    DoctorArguments doctor;
    GatewayArguments gateway;  // models
    std::string dir, id;       // status, show, verify
    std::string by = "model";  // status
    bool watch = false, repair = false;
    std::string topic;  // help; completion: the shell
};

// One function per command, each in its own file; all return an exit code and may throw
// UsageError, StorageError, InUse.
int run_command(const Arguments& arguments);
int check_command(const Arguments& arguments);
int expand_command(const Arguments& arguments);
int init_command(const Arguments& arguments);
int ls_command(const Arguments& arguments);
int status_command(const Arguments& arguments);
int show_command(const Arguments& arguments);
int verify_command(const Arguments& arguments);
int retry_command(const Arguments& arguments);
int cancel_command(const Arguments& arguments);
int pause_command(const Arguments& arguments);
int resume_command(const Arguments& arguments);
int set_command(const Arguments& arguments);
int models_command(const Arguments& arguments);
int doctor_command(const Arguments& arguments);
int sandbox_command(const Arguments& arguments);

}  // namespace nightshift::cli
