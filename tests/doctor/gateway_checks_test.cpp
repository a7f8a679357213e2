// What is thought of a gateway that was asked for its models.

#include "tests/doctor/judging.hpp"

#include <doctest/doctest.h>

using namespace nightshift;
using namespace nightshift::cli;
using http::Trouble;
using test::told;

namespace {

constexpr std::int64_t now_ms = 1'779'000'000'000;
const CredentialFacts pair{
    .problem = "", .source = "NIGHTSHIFT_API_KEY", .base_url = "https://api.example.com"};

GatewayFacts good() {
    GatewayFacts facts;
    facts.status = 200;
    facts.first_s = 0.2;
    facts.next_s = 0.05;
    facts.skew_s = 0;
    facts.models = std::vector<std::string>{"gpt-5.4"};
    facts.now_ms = now_ms;
    facts.tls = {.version = "TLSv1.3", .expires_at = now_ms / 1000 + 61 * 86400};
    return facts;
}

GatewayFacts failing(Kind kind, const std::string& message, Trouble trouble = Trouble::none) {
    auto facts = good();
    facts.failure = Failure{.kind = kind, .code = "", .message = message};
    facts.trouble = trouble;
    facts.status = trouble == Trouble::none ? 500 : 0;
    facts.models.reset();
    return facts;
}

}  // namespace

TEST_CASE("a gateway that answers well is ok in every respect") {
    const auto facts = good();
    CHECK(told(check_key(pair, &facts)) ==
          "ok key: the one from NIGHTSHIFT_API_KEY was taken by the gateway");
    CHECK(told(check_base_url(pair, facts)) ==
          "ok base URL: https://api.example.com answers (HTTP 200)");
    CHECK(told(check_proxy(facts)) == "ok proxy: none for this host");
    CHECK(told(check_tls(pair, facts)) ==
          "ok TLS: TLSv1.3, the certificate is good for 61 more days");
    CHECK(told(check_clock(facts)) == "ok clock: as the server's");
    CHECK(told(check_latency(facts)) ==
          "ok latency: 200 ms with name, connection and TLS, 50 ms after that");
}

TEST_CASE("a pair that is not whole fails with the remedy, under the half that is wrong") {
    CHECK(told(check_key({.problem = "there is a key but no base URL: set X (or Y), or Z"},
                         nullptr)) ==
          "fail 2 key: there is a key but no base URL; set X (or Y), or Z");
    CHECK(told(check_key({.problem = "base URL: it has no scheme; write it as https://HOST"},
                         nullptr)) ==
          "fail 2 base URL: it has no scheme; write it as https://HOST");
}

TEST_CASE("a key file that others may read is a warning, whoever they are") {
    auto facts = pair;
    facts.source = "k";
    for (const unsigned mode : {0600u, 0400u, 0700u}) {
        facts.key_file_mode = mode;
        CHECK(told(check_key(facts, nullptr)) == "");
    }
    for (const unsigned mode : {0640u, 0604u, 0622u}) {
        facts.key_file_mode = mode;
        CHECK(told(check_key(facts, nullptr)).starts_with("warn key file: k may be read"));
    }
}

TEST_CASE("a refused key is the key's fault, an empty account the account's") {
    const auto refused = failing(Kind::credentials, "get /v1/models: HTTP 401: Invalid token");
    CHECK(told(check_key(pair, &refused)).starts_with("fail 4 key: the gateway refused the one"));
    CHECK(told(check_base_url(pair, refused)).starts_with("ok base URL"));
    const auto broke = failing(Kind::quota, "HTTP 403: no balance");
    CHECK(told(check_key(pair, &broke)).starts_with("fail 6 key: HTTP 403: no balance; top up"));
}

TEST_CASE("a base URL that leads nowhere, or elsewhere, fails; a busy gateway is a warning") {
    const auto about = [](Kind kind, Trouble trouble, const char* message) {
        const auto facts = failing(kind, message, trouble);
        CHECK(told(check_key(pair, &facts)) == "");  // nothing is known of it
        return told(check_base_url(pair, facts));
    };
    CHECK(about(Kind::misconfigured, Trouble::none, "HTTP 200: a web page; check the base URL") ==
          "fail 5 base URL: https://api.example.com (HTTP 200: a web page); check the base URL");
    CHECK(about(Kind::network, Trouble::dns, "dns: no such host")
              .ends_with("(dns: no such host); check the host's spelling and the name server"));
    CHECK(
        about(Kind::network, Trouble::connect, "connect: refused").starts_with("fail 5 base URL"));
    CHECK(about(Kind::timeout, Trouble::connect_timeout, "x").starts_with("fail 5 base URL"));
    CHECK(about(Kind::network, Trouble::local, "x").find("ulimit") != std::string::npos);
    CHECK(about(Kind::overloaded, Trouble::none, "HTTP 503: busy").starts_with("warn base URL"));
    CHECK(about(Kind::rate_limited, Trouble::none, "HTTP 429").starts_with("warn base URL"));
}

TEST_CASE("a certificate that is not trusted fails, with the clock when it is about time") {
    auto facts = failing(Kind::misconfigured, "tls_verify: self-signed; install the issuer",
                         Trouble::tls_verify);
    CHECK(told(check_tls(pair, facts)) ==
          "fail 5 TLS: tls_verify: self-signed; install the issuer");
    CHECK(told(check_base_url(pair, facts)) == "nothing");
    facts.failure->message = "tls_verify: certificate has expired; install the issuer";
    CHECK(told(check_tls(pair, facts))
              .ends_with("install the issuer; this machine's clock says 2026-05-17T06:40:00.000Z"));
    const auto cut = failing(Kind::network, "tls: handshake cut", Trouble::tls);
    CHECK(told(check_tls(pair, cut)).starts_with("fail 5 TLS: tls: handshake cut; ask"));
    const auto none = failing(Kind::network, "tls: the server does not speak TLS", Trouble::no_tls);
    CHECK(told(check_tls(pair, none)) ==
          "fail 5 TLS: tls: the server does not speak TLS; check the scheme and the port of the "
          "base URL");
    CHECK(told(check_base_url(pair, none)) == "nothing");
}

TEST_CASE("a certificate that runs out within two weeks is a warning") {
    auto facts = good();
    facts.tls.expires_at = now_ms / 1000 + 14 * 86400;
    CHECK(told(check_tls(pair, facts)).starts_with("ok TLS"));
    facts.tls.expires_at = now_ms / 1000 + 14 * 86400 - 1;
    CHECK(told(check_tls(pair, facts)).starts_with("warn TLS"));
    facts.tls = {};
    CHECK(told(check_tls(pair, facts)) == "ok TLS: the certificate is good");
    CHECK(told(check_tls({.base_url = "http://127.0.0.1:1"}, facts)).starts_with("ok TLS: not"));
    facts.status = 0;
    CHECK(told(check_tls(pair, facts)) == "nothing");
}

TEST_CASE("a proxy is named, and takes the blame for what it refuses") {
    auto facts = good();
    facts.proxy = "http://proxy:3128";
    CHECK(told(check_proxy(facts)) == "ok proxy: by way of http://proxy:3128");
    facts = failing(Kind::network, "connect: by way of the proxy http://proxy:3128: 403",
                    Trouble::connect);
    facts.proxy = "http://proxy:3128";
    CHECK(told(check_proxy(facts)).starts_with("fail 5 proxy: connect: by way of the proxy"));
    CHECK(told(check_base_url(pair, facts)) == "nothing");
    facts.trouble = Trouble::tls_verify;
    CHECK(told(check_proxy(facts)).starts_with("ok proxy"));
}

TEST_CASE("a clock that is half a minute off is a warning, either way") {
    auto facts = good();
    for (const std::int64_t skew_s : {30, -30, 2}) {
        facts.skew_s = skew_s;
        CHECK(told(check_clock(facts)).starts_with("ok clock"));
    }
    facts.skew_s = 600;
    CHECK(told(check_clock(facts)).starts_with("warn clock: 10m00s behind the server's; let"));
    facts.skew_s = -86400;
    CHECK(told(check_clock(facts)).starts_with("warn clock: 1d00h ahead of the server's; let"));
    facts.skew_s.reset();
    CHECK(told(check_clock(facts)).starts_with("ok clock: not compared"));
    facts.status = 0;
    CHECK(told(check_clock(facts)) == "nothing");
}

TEST_CASE("a gateway that takes more than two seconds is a warning") {
    auto facts = good();
    facts.first_s = 9;
    CHECK(told(check_latency(facts)).starts_with("ok latency: 9000 ms"));
    facts.next_s = 2.5;
    CHECK(told(check_latency(facts)).starts_with("warn latency"));
    facts.status = 0;
    CHECK(told(check_latency(facts)) == "nothing");
}
