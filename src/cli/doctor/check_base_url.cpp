// Does the base URL lead to a gateway that answers?

#include "cli/doctor/checks.hpp"

#include <fmt/format.h>

namespace nightshift::cli {
namespace {

using http::Trouble;

Finding unreached(const CredentialFacts& facts, const GatewayFacts& gateway) {
    const auto& message = gateway.failure->message;
    const char* remedy = "check the base URL and this machine's network";
    const bool no_name =
        gateway.trouble == Trouble::dns || gateway.trouble == Trouble::no_such_name;
    if (no_name) remedy = "check the host's spelling and the name server";
    if (gateway.trouble == Trouble::local) remedy = "raise `ulimit -n` and free memory";
    const auto words = fmt::format("{} ({})", facts.base_url, message);
    return Finding::fail(exit_misconfigured, "base URL", words, remedy);
}

}  // namespace

std::optional<Finding> check_base_url(const CredentialFacts& facts, const GatewayFacts& gateway) {
    const auto& failure = gateway.failure;
    if (!failure || failure->kind == Kind::credentials || failure->kind == Kind::quota) {
        return Finding::ok("base URL",
                           fmt::format("{} answers (HTTP {})", facts.base_url, gateway.status));
    }
    if (gateway.trouble == Trouble::tls || gateway.trouble == Trouble::tls_verify) {
        return std::nullopt;
    }
    const bool of_proxy = failure->message.find("by way of the proxy") != std::string::npos;
    if (of_proxy) return std::nullopt;
    if (failure->kind == Kind::misconfigured) {
        const auto advice = advice_in(failure->message, "check the base URL");
        return Finding::fail(exit_misconfigured, "base URL",
                             fmt::format("{} ({})", facts.base_url, advice.what),
                             advice.what_to_do);
    }
    if (gateway.trouble != Trouble::none) return unreached(facts, gateway);
    return Finding::warn("base URL", fmt::format("{} ({})", facts.base_url, failure->message),
                         "try again later: a run would wait for it");
}

}  // namespace nightshift::cli
