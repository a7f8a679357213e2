// The gateway that a run directory belongs to. From its first task on every result in it is of one
// gateway origin, or made up by the stand-in: mixed, nobody could tell what was paid for.

#pragma once

#include "cli/input/arguments.hpp"
#include "cli/input/credentials.hpp"
#include "files/artifact_file.hpp"
#include "storage/store.hpp"

#include <optional>
#include <string>

namespace nightshift::cli {

// What a queue and a ledger call the gateway of a sandbox run.
inline constexpr const char* sandbox_gateway = "sandbox";

// What the queue remembers: an origin, "sandbox", or "" when there is none yet.
std::string gateway_of(Store& store);

// "sandbox", or the origin of the base URL in flags or environment; "" when neither names one.
// `credentials`, where there are any, go before.
std::string gateway_asked_for(const RunArguments& run,
                              const std::optional<Credentials>& credentials);

// The base URL that flags or environment name leads to this machine.
bool is_loopback_gateway(const RunArguments& run);

// Throws UsageError with the remedy when the directory belongs to another gateway than this one
// ("": any) and --new-origin does not say that it may change hands.
void check_gateway(Store& store, const RunFolders& folders, const RunArguments& run,
                   const std::string& gateway);

// Makes `gateway` ("": any) the directory's own, or finds that it is; throws as above. With
// --new-origin it may change hands, which is told on stderr. Writes: for the process that has the
// lock.
void claim_gateway(Store& store, const RunFolders& folders, const RunArguments& run,
                   const std::string& gateway);

// The same for a caller that hands tasks to the process that runs there: changes nothing.
void require_gateway(Store& store, const RunFolders& folders, const RunArguments& run,
                     const std::string& gateway);

}  // namespace nightshift::cli
