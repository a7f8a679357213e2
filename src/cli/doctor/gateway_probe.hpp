// Asks the gateway for its models, twice, and notes all that can be learned from it. GET only: it
// costs nothing.

#pragma once

#include "cli/doctor/checks.hpp"
#include "cli/input/credentials.hpp"

namespace nightshift::cli {

GatewayFacts probe_gateway(const Credentials& credentials);

}  // namespace nightshift::cli
