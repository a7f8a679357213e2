// Is there a key, is it kept to its owner, and does the gateway take it?

#include "cli/doctor/checks.hpp"

#include <fmt/format.h>

namespace nightshift::cli {
namespace {

constexpr unsigned others = 077;  // mode bits

// The problem as find_credentials words it: "<what>: set ..." or "<what>; <what to do>".
Finding no_pair(const std::string& problem) {
    const std::string_view of_url = "base URL: ";
    const auto remedy = problem.find(": set ");
    if (remedy != std::string::npos) {
        return Finding::fail(exit_usage, "key", problem.substr(0, remedy),
                             problem.substr(remedy + 2));
    }
    const bool wrong_url = problem.starts_with(of_url);
    const auto advice = advice_in(wrong_url ? problem.substr(of_url.size()) : problem,
                                  "set base URL and key together");
    return Finding::fail(exit_usage, wrong_url ? "base URL" : "key", advice.what,
                         advice.what_to_do);
}

}  // namespace

std::vector<Finding> check_key(const CredentialFacts& facts, const GatewayFacts* gateway) {
    if (!facts.problem.empty()) return {no_pair(facts.problem)};
    std::vector<Finding> findings;
    if (facts.key_file_mode && (*facts.key_file_mode & others) != 0) {
        findings.push_back(Finding::warn("key file",
                                         fmt::format("{} may be read by others (mode {:04o})",
                                                     facts.source, *facts.key_file_mode),
                                         "chmod 600 it"));
    }
    if (gateway == nullptr) return findings;
    const auto& failure = gateway->failure;
    if (failure && failure->kind == Kind::credentials) {
        findings.push_back(Finding::fail(
            exit_credentials, "key",
            fmt::format("the gateway refused the one from {} ({})", facts.source, failure->message),
            "check that it is a key of this gateway, whole, and not revoked"));
    } else if (failure && failure->kind == Kind::quota) {
        findings.push_back(
            Finding::fail(exit_quota, "key", failure->message, "top up what the key may spend"));
    } else if (!failure) {
        findings.push_back(
            Finding::ok("key", "the one from " + facts.source + " was taken by the gateway"));
    }
    return findings;
}

}  // namespace nightshift::cli
