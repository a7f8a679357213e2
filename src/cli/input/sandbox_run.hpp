// The stand-in gateway of `run --sandbox`: in this process, on a port that the run directory
// keeps, so that a killed run resumes against the same gateway.

#pragma once

#include "cli/input/arguments.hpp"
#include "cli/input/credentials.hpp"
#include "files/artifact_file.hpp"
#include "sandbox/sandbox.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string_view>

namespace nightshift::cli {

struct Rehearsal {
    std::unique_ptr<sandbox::Sandbox> gateway;
    Credentials credentials;
};

// The ports that a run directory keeps for its stand-in; 0 when it has none.
struct SandboxPorts {
    std::uint16_t gateway = 0, results = 0;
};
SandboxPorts sandbox_ports(const RunFolders& folders);

// Throws StorageError or UsageError (the kept port is taken by somebody else).
Rehearsal start_rehearsal(const RunArguments& run, const RunFolders& folders);

// Tells the stand-in what an answer will be held against (World::before_post); empty without one.
// Borrows `rehearsal`.
std::function<void(std::string_view body, std::string_view expect)> expectation_hook(
    const std::optional<Rehearsal>& rehearsal);

}  // namespace nightshift::cli
