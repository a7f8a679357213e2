// nightshift doctor: finds what goes wrong before a night does. Sends GET /v1/models and no more.

#include "base/failure.hpp"
#include "base/text/terminal_text.hpp"
#include "cli/doctor/checks.hpp"
#include "cli/doctor/disk_facts.hpp"
#include "cli/doctor/gateway_probe.hpp"
#include "cli/doctor/manifest_facts.hpp"
#include "cli/doctor/queue_facts.hpp"
#include "cli/input/arguments.hpp"
#include "cli/input/exit_code.hpp"
#include "cli/input/fd_budget.hpp"
#include "cli/input/remembered_config.hpp"
#include "cli/input/settings.hpp"
#include "files/artifact_file.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <filesystem>
#include <iterator>
#include <optional>

namespace nightshift::cli {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

struct Places {
    std::string dir;  // empty: none was given
    std::vector<std::string> manifests;
};

// A folder is the run directory, a file is a manifest.
Places sort_out(const std::vector<std::string>& paths) {
    Places places;
    for (const auto& path : paths) {
        std::error_code error;
        if (!fs::is_directory(path, error)) {
            places.manifests.push_back(path);
            continue;
        }
        if (!places.dir.empty()) {
            throw UsageError("doctor: " + places.dir + " and " + path +
                             " are both folders; give one run directory");
        }
        places.dir = path;
    }
    return places;
}

class Doctor {
public:
    explicit Doctor(const DoctorArguments& given) : given_(given), places_(sort_out(given.paths)) {}

    std::vector<Finding> examine() {
        add(check_libcurl(http::library()));
        add(check_sqlite(sqlite_library()));
        ask_gateway();
        read_config_file();
        add(check_open_files({.limit = raise_descriptor_limit(),
                              .in_use = descriptors_in_use(),
                              .concurrency = settings_.engine.concurrency,
                              .loopback = false}));
        add(check_disk(look_at_disk(places_.dir.empty() ? "." : places_.dir)));
        read_manifests();
        read_queue();
        add(check_models(lanes_, gateway()));
        add(check_limits(config_facts_, lanes_));
        return std::move(findings_);
    }

private:
    void add(Finding finding) { findings_.push_back(std::move(finding)); }
    void add(std::optional<Finding> finding) {
        if (finding) findings_.push_back(std::move(*finding));
    }
    void add(std::vector<Finding> findings) {
        std::move(findings.begin(), findings.end(), std::back_inserter(findings_));
    }
    // A manifest and its run directory name the same models.
    void add(std::vector<LaneUse> lanes) {
        for (auto& lane : lanes) {
            const bool known = std::any_of(lanes_.begin(), lanes_.end(), [&](const LaneUse& each) {
                return each.endpoint == lane.endpoint && each.model == lane.model;
            });
            if (!known) lanes_.push_back(std::move(lane));
        }
    }
    const GatewayFacts* gateway() const { return gateway_ ? &*gateway_ : nullptr; }

    void ask_gateway() {
        CredentialFacts facts;
        try {
            credentials_ = find_credentials(given_.gateway.base_url, given_.gateway.api_key_file);
        } catch (const UsageError& error) {
            facts.problem = error.what();
        }
        if (credentials_) {
            facts.source = credentials_->source;
            facts.base_url = credentials_->origin.base();
            struct stat file {};
            if (!given_.gateway.api_key_file.empty() &&
                stat(given_.gateway.api_key_file.c_str(), &file) == 0 && S_ISREG(file.st_mode)) {
                facts.key_file_mode = file.st_mode & 07777u;
            }
            gateway_ = probe_gateway(*credentials_);
        }
        add(check_key(facts, gateway()));
        if (!gateway_) return;
        add(check_base_url(facts, *gateway_));
        add(check_proxy(*gateway_));
        add(check_tls(facts, *gateway_));
        add(check_clock(*gateway_));
        add(check_latency(*gateway_));
    }

    void read_config_file() {
        try {
            config_ = places_.manifests.empty() && !places_.dir.empty()
                          ? config_of_dir(given_.config, RunFolders{places_.dir})
                          : load_config(given_.config, places_.manifests);
            RunArguments run;
            run.config = given_.config;
            settings_ = settle(run, config_);
            config_facts_.file = config_.file;
            config_facts_.limits = config_.limits;
        } catch (const UsageError& error) {
            config_facts_.problem = error.what();
            settings_ = settle(RunArguments(), Config());
        }
        add(check_config(config_facts_));
    }

    void read_manifests() {
        const bool loopback = credentials_ && credentials_->origin.is_loopback();
        auto look = look_at_manifests(places_.manifests, config_, loopback);
        add(check_manifest(look.facts));
        add(std::move(look.lanes));
    }

    void read_queue() {
        const RunFolders folders{places_.dir};
        std::error_code error;
        if (places_.dir.empty() || !fs::exists(folders.queue(), error)) return;
        auto look = look_at_queue(places_.dir);
        add(check_queue(look.facts, credentials_ ? credentials_->origin.identity() : ""));
        add(check_lock(look.facts));
        add(check_links(look.facts));
        add(std::move(look.lanes));
    }

    const DoctorArguments& given_;
    const Places places_;
    std::optional<Credentials> credentials_;
    std::optional<GatewayFacts> gateway_;
    Config config_;
    ConfigFacts config_facts_;
    Settings settings_;
    std::vector<LaneUse> lanes_;
    std::vector<Finding> findings_;
};

Json json_of(const Finding& finding) {
    return {{"type", "check"},
            {"schema", 1},
            {"grade", name_of(finding.grade)},
            {"name", finding.name},
            {"found", finding.found},
            {"what_to_do", finding.what_to_do.empty() ? Json() : Json(finding.what_to_do)},
            {"exit_code", finding.exit_code}};
}

std::string line_of(const Json& json) {
    return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

void print_json(const std::vector<Finding>& findings) {
    std::array<int, 3> counts{};
    for (const auto& finding : findings) {
        ++counts[static_cast<std::size_t>(finding.grade)];
        fmt::print("{}\n", line_of(json_of(finding)));
    }
    const Json summary = {{"type", "summary"}, {"schema", 1},
                          {"ok", counts[0]},   {"warn", counts[1]},
                          {"fail", counts[2]}, {"exit_code", exit_code_of(findings)}};
    fmt::print("{}\n", line_of(summary));
}

void print_text(const std::vector<Finding>& findings, bool quiet) {
    for (const auto& finding : findings) {
        if (quiet && finding.grade == Grade::ok) continue;
        fmt::print("{:<5} {:<13} {}{}{}\n", name_of(finding.grade), finding.name,
                   term_safe(finding.found), finding.what_to_do.empty() ? "" : "; ",
                   term_safe(finding.what_to_do));
    }
}

}  // namespace

int doctor_command(const Arguments& arguments) {
    const auto findings = Doctor(arguments.doctor).examine();
    if (arguments.common.json) {
        print_json(findings);
    } else {
        print_text(findings, arguments.common.quiet);
    }
    return exit_code_of(findings);
}

}  // namespace nightshift::cli
