// CURL_CA_BUNDLE, SSL_CERT_FILE and SSL_CERT_DIR: whose certificates are trusted where no option
// says so.

#include "http/trust.hpp"
#include "tests/fakes/scoped_environment.hpp"
#include "tests/http/tls_server.hpp"

#include <doctest/doctest.h>

using namespace nightshift;
using namespace nightshift::test;
using http::Trouble;

namespace {

// With what the environment says at this moment.
http::Reply asked(const TlsServer& server) {
    ClientFixture client;
    return client.run(post(server.url(), "x"));
}

struct CleanEnvironment {
    ScopedEnvironment bundle{"CURL_CA_BUNDLE", ""}, file{"SSL_CERT_FILE", ""},
        folder{"SSL_CERT_DIR", ""};
};

}  // namespace

TEST_CASE("a server that only the environment's certificates vouch for is spoken to") {
    const CleanEnvironment clean;
    const Identity identity, other;
    TlsServer server(identity, false, {Manner::answer});
    CHECK(asked(server).trouble == Trouble::tls_verify);
    for (const char* name : {"CURL_CA_BUNDLE", "SSL_CERT_FILE"}) {
        CAPTURE(name);
        {
            const ScopedEnvironment set(name, other.path);
            CHECK(asked(server).trouble == Trouble::tls_verify);
        }
        const ScopedEnvironment set(name, identity.path);
        const auto reply = asked(server);
        CAPTURE(reply.trouble_text);
        CHECK(reply.body == "ok");
    }
    CHECK(server.requests == 2);
}

TEST_CASE("CURL_CA_BUNDLE comes before SSL_CERT_FILE, and an empty one does not count") {
    const CleanEnvironment clean;
    const Identity identity, other;
    TlsServer server(identity, false, {Manner::answer});
    const ScopedEnvironment file("SSL_CERT_FILE", identity.path);
    CHECK(asked(server).body == "ok");
    const ScopedEnvironment bundle("CURL_CA_BUNDLE", other.path);
    CHECK(asked(server).trouble == Trouble::tls_verify);
}

TEST_CASE("SSL_CERT_DIR is taken beside a file") {
    const CleanEnvironment clean;
    const ScopedEnvironment file("SSL_CERT_FILE", "/some/file.pem");
    const ScopedEnvironment folder("SSL_CERT_DIR", "/some/folder");
    const auto trust = http::trust_from_environment();
    CHECK(trust.ca_file == "/some/file.pem");
    CHECK(trust.ca_folder == "/some/folder");
}
