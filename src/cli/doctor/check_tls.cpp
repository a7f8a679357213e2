// Can the gateway prove who it is, and for how long?

#include "base/timestamp.hpp"
#include "cli/doctor/checks.hpp"

#include <fmt/format.h>

namespace nightshift::cli {
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
    if (gateway.trouble == http::Trouble::tls || gateway.trouble == http::Trouble::tls_verify) {
        const auto words = gateway.failure ? gateway.failure->message : std::string("no handshake");
        auto advice = advice_in(words,
                                "ask the gateway's operator for TLS 1.2 or later, and look "
                                "for something in between that breaks it");
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

}  // namespace nightshift::cli
