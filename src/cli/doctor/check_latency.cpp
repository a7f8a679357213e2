// How long does the gateway take for an answer that costs it nothing?

#include "cli/doctor/checks.hpp"

#include <fmt/format.h>

namespace nightshift::cli {
namespace {

constexpr double slow_s = 2;

}  // namespace

std::optional<Finding> check_latency(const GatewayFacts& gateway) {
    if (gateway.status == 0) return std::nullopt;
    auto found = fmt::format("{:.0f} ms with name, connection and TLS", gateway.first_s * 1e3);
    if (gateway.next_s) found += fmt::format(", {:.0f} ms after that", *gateway.next_s * 1e3);
    if (gateway.next_s.value_or(gateway.first_s) <= slow_s) return Finding::ok("latency", found);
    return Finding::warn("latency", found,
                         "look for a slow proxy, name server or line; a busy gateway is slow, too");
}

}  // namespace nightshift::cli
