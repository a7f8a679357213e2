#include "cli/input/sandbox_run.hpp"

#include "base/failure.hpp"

#include <fmt/format.h>

#include <fstream>

namespace nightshift::cli {
namespace {

constexpr double video_seconds = 3;  // "a few seconds" (contract section 8)

std::filesystem::path state_of(const RunFolders& folders) {
    return folders.hidden() / "sandbox";
}

}  // namespace

SandboxPorts sandbox_ports(const RunFolders& folders) {
    SandboxPorts ports;
    std::ifstream file(state_of(folders) / "ports");
    file >> ports.gateway >> ports.results;
    return file ? ports : SandboxPorts{};
}

Rehearsal start_rehearsal(const RunArguments& run, const RunFolders& folders) {
    const auto state = state_of(folders);
    posix_disk().make_folder(state, true);
    const auto ports = sandbox_ports(folders);
    sandbox::Options options;
    options.port = ports.gateway;
    options.results_port = ports.results;
    options.speed = run.sandbox_speed.value_or(1);
    options.video_seconds = video_seconds;
    options.state_dir = state;
    options.faults_file = run.sandbox_faults;
    options.limits_file = run.sandbox_limits;
    Rehearsal rehearsal{.gateway = nullptr, .credentials = {http::Origin(), "", ""}};
    try {
        rehearsal.gateway = std::make_unique<sandbox::Sandbox>(std::move(options));
    } catch (const std::runtime_error& failure) {
        throw UsageError(failure.what());
    }
    if (ports.gateway == 0) {
        write_whole(
            posix_disk(), state / "ports",
            fmt::format("{} {}\n", rehearsal.gateway->port(), rehearsal.gateway->results_port()));
    }
    rehearsal.credentials = {http::Origin::parse(rehearsal.gateway->base_url()).value(),
                             "sk-sandbox-rehearsal", "the stand-in gateway"};
    return rehearsal;
}

std::function<void(std::string_view, std::string_view)> expectation_hook(
    const std::optional<Rehearsal>& rehearsal) {
    if (!rehearsal) return {};
    return [&gateway = *rehearsal->gateway](std::string_view body, std::string_view expect) {
        gateway.expect(body, expect);
    };
}

}  // namespace nightshift::cli
