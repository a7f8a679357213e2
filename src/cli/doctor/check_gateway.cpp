// Does the base URL lead to a gateway that answers?
#include "cli/doctor/checks.hpp"

#include "base/text/did_you_mean.hpp"
#include "base/timestamp.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>

namespace nightshift::cli {
namespace {

using http::Trouble;

bool is_about_tls(Trouble trouble) {
    return trouble == Trouble::tls || trouble == Trouble::no_tls || trouble == Trouble::tls_verify;
}

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
    if (is_about_tls(gateway.trouble)) {
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

// Is there a proxy between us and the gateway, and is it the one that fails?

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

// Can the gateway prove who it is, and for how long?

namespace {

constexpr std::int64_t day_s = 86400;
constexpr std::int64_t days_left_min = 14;  // renewal is automatic and earlier than this

bool is_about_time(const std::string& words) {
    return words.find("expired") != std::string::npos ||
           words.find("not yet valid") != std::string::npos;
}

}  // namespace

std::optional<Finding> check_tls(const CredentialFacts& facts, const GatewayFacts& gateway) {
    if (!facts.base_url.starts_with("https:")) {
        return Finding::ok("TLS", "not used: plain http to this machine");
    }
    if (is_about_tls(gateway.trouble)) {
        const auto words = gateway.failure ? gateway.failure->message : std::string("no handshake");
        auto advice = advice_in(words, gateway.trouble == http::Trouble::no_tls
                                           ? "check the scheme and the port of the base URL"
                                           : "ask the gateway's operator for TLS 1.2 or later, and "
                                             "look for something in between that breaks it");
        if (is_about_time(words)) {
            advice.what_to_do +=
                fmt::format("; this machine's clock says {}", rfc3339(gateway.now_ms));
        }
        return Finding::fail(exit_misconfigured, "TLS", advice.what, advice.what_to_do);
    }
    if (gateway.status == 0) return std::nullopt;  // not reached
    const auto& look = gateway.tls;
    auto found = look.version.empty() ? std::string("the certificate is good") : look.version;
    if (!look.expires_at) return Finding::ok("TLS", found);
    const auto days = (*look.expires_at - gateway.now_ms / 1000) / day_s;
    found += fmt::format(", the certificate is good for {} more day{}", days, days == 1 ? "" : "s");
    if (days < days_left_min) {
        return Finding::warn("TLS", found,
                             "ask the gateway's operator whether it will be renewed in time");
    }
    return Finding::ok("TLS", found);
}

// Does this machine's clock agree with the gateway's?

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

// How long does the gateway take for an answer that costs it nothing?

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

// Does the gateway offer the models that are wanted?

namespace {

constexpr std::size_t listed_max = 20;

Finding missing(const LaneUse& lane, const std::vector<std::string>& offered) {
    const auto found =
        fmt::format("\"{}\" in {} is not offered to this key", lane.model, lane.where);
    if (const auto* near = nearest_of(lane.model, offered)) {
        return Finding::fail(exit_usage, "model", found,
                             fmt::format("did you mean \"{}\"?", *near));
    }
    return Finding::fail(exit_usage, "model", found,
                         "take one that `nightshift models` lists, or ask the operator for it");
}

Finding doubtful(const LaneUse& lane) {
    return Finding::warn("model",
                         fmt::format("\"{}\" in {} is unknown here", lane.model, lane.where),
                         fmt::format("did you mean \"{}\"?", lane.known_near));
}

std::string well(std::size_t used, const std::vector<std::string>* offered) {
    if (offered == nullptr) return fmt::format("{} in use, none looks misspelt", used);
    if (used == 0) return fmt::format("{} offered", offered->size());
    return fmt::format("{} in use, all among the {} offered", used, offered->size());
}

}  // namespace

std::vector<Finding> check_models(const std::vector<LaneUse>& lanes, const GatewayFacts* gateway) {
    const auto* offered = gateway != nullptr && gateway->models ? &*gateway->models : nullptr;
    if (offered == nullptr && lanes.empty()) return {};
    std::vector<Finding> findings;
    for (const auto& lane : lanes) {
        const bool known =
            offered != nullptr && std::binary_search(offered->begin(), offered->end(), lane.model);
        if (offered != nullptr && !known) findings.push_back(missing(lane, *offered));
        if (offered == nullptr && !lane.known_near.empty()) findings.push_back(doubtful(lane));
    }
    if (findings.empty()) return {Finding::ok("models", well(lanes.size(), offered))};
    if (findings.size() > listed_max) {
        auto rest = findings.back();
        rest.found = fmt::format("{} more like these", findings.size() - listed_max);
        rest.what_to_do = "`nightshift check --online` lists them all";
        findings.resize(listed_max);
        findings.push_back(rest);
    }
    return findings;
}

// Is there a key, is it kept to its owner, and does the gateway take it?

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
