// Is there a proxy between us and the gateway, and is it the one that fails?

#include "cli/doctor/checks.hpp"

namespace nightshift::cli {

std::optional<Finding> check_proxy(const GatewayFacts& gateway) {
    if (gateway.proxy.empty()) return Finding::ok("proxy", "none for this host");
    const auto& failure = gateway.failure;
    const bool spoke = failure && gateway.trouble != http::Trouble::tls_verify &&
                       failure->message.find("by way of the proxy") != std::string::npos;
    if (spoke) {
        const auto advice = advice_in(failure->message,
                                      "set https_proxy to a proxy that works, or add the "
                                      "gateway's host to no_proxy");
        return Finding::fail(exit_misconfigured, "proxy", advice.what, advice.what_to_do);
    }
    return Finding::ok("proxy", "by way of " + gateway.proxy);
}

}  // namespace nightshift::cli
