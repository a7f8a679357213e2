// Does this machine's clock agree with the gateway's?

#include "base/timestamp.hpp"
#include "cli/doctor/checks.hpp"

#include <fmt/format.h>

#include <cstdlib>

namespace nightshift::cli {
namespace {

// The Date header has whole seconds and is as old as the reply's way here.
constexpr std::int64_t skew_max_s = 30;

}  // namespace

std::optional<Finding> check_clock(const GatewayFacts& gateway) {
    if (gateway.status == 0) return std::nullopt;
    if (!gateway.skew_s) {
        return Finding::ok("clock", "not compared: the gateway's replies have no date");
    }
    const auto skew_s = *gateway.skew_s;
    const auto size = static_cast<double>(std::abs(skew_s));
    if (std::abs(skew_s) <= 1) return Finding::ok("clock", "as the server's");
    const auto found =
        fmt::format("{} {} the server's", short_duration(size), skew_s > 0 ? "behind" : "ahead of");
    if (std::abs(skew_s) <= skew_max_s) return Finding::ok("clock", found);
    return Finding::warn("clock", found,
                         "let the system set it (timedatectl set-ntp true): certificates and the "
                         "expiry of links are judged by it");
}

}  // namespace nightshift::cli
