// Certificates and handshakes that must stop a request before it leaves.

#include "tests/e2e/gateway.hpp"
#include "tests/fakes/own_network.hpp"
#include "tests/fakes/tls_front.hpp"
#include "tests/fakes/virtual_world.hpp"
#include "tests/http/client_fixture.hpp"

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>
#include <openssl/ssl.h>

using namespace nightshift;
using namespace nightshift::test;
using http::Trouble;

namespace {

const std::string url = "https://127.0.0.1:";

// What a client that trusts `issuer` is told by a server that is `identity`.
http::Reply asked(const Identity& issuer, const Identity& identity,
                  TlsFront::Manner manner = TlsFront::Manner()) {
    ReplayServer gateway([](const Seen&) { return chat_reply(); });
    manner.to = gateway.port();
    const TlsFront front(identity, manner);
    boost::asio::io_context io{1};
    http::Client client(io, {.ca_file = issuer.path});
    auto reply = exchange(io, client, post(url + std::to_string(front.port()) + "/v1/x", "x"));
    CHECK(gateway.seen().empty() == !reply.sent);
    CHECK(front.greeted() > 0);
    return reply;
}

void check_refused(const http::Reply& reply, Trouble trouble, const std::string& reason) {
    CAPTURE(reply.trouble_text);
    CHECK(reply.trouble == trouble);
    CHECK_FALSE(reply.sent);
    CHECK(reply.trouble_text.find(reason) != std::string::npos);
}

}  // namespace

TEST_CASE("fault row 55: a bad certificate is named for what is wrong with it, and nothing sent") {
    const Identity issuer;
    const Identity good({.issuer = &issuer});
    const Identity expired({.from_s = -7200, .until_s = -3600, .issuer = &issuer});
    const Identity early({.from_s = 3600, .until_s = 7200, .issuer = &issuer});
    const Identity other_host({.names = "DNS:elsewhere.example", .issuer = &issuer});
    const Identity stranger;

    CHECK(asked(issuer, good).ok());
    check_refused(asked(issuer, expired), Trouble::tls_verify, "has expired");
    check_refused(asked(issuer, early), Trouble::tls_verify, "not yet valid");
    check_refused(asked(issuer, other_host), Trouble::tls_verify,
                  "no alternative certificate subject name");
    check_refused(asked(issuer, other_host), Trouble::tls_verify, "127.0.0.1");
    check_refused(asked(issuer, stranger), Trouble::tls_verify, "self-signed certificate");
}

TEST_CASE("fault row 55: TLS 1.1 and a handshake that is cut are tls troubles, nothing sent") {
    const Identity issuer;
    const Identity good({.issuer = &issuer});

    check_refused(asked(issuer, good, {.newest_version = TLS1_1_VERSION}), Trouble::tls, "version");
    check_refused(asked(issuer, good, {.cuts_handshake = true}), Trouble::tls, "reset");
}

TEST_CASE("fault row 55: a certificate that nobody vouches for ends the run with exit 5") {
    const ScratchFolder folder;
    folder.file("m.jsonl", chat_lines(3));
    ReplayServer gateway([](const Seen&) { return chat_reply(); });
    const Identity stranger;
    const TlsFront front(stranger, {.to = gateway.port()});

    const auto ended =
        run(folder.path(), {"run", "m.jsonl"}, pointing_at(url + std::to_string(front.port())));

    CAPTURE(ended.err);
    CHECK(ended.exit_code == 5);
    CHECK(ended.err.find("self-signed certificate") != std::string::npos);
    CHECK(ended.err.find("insecure") == std::string::npos);
    CHECK(gateway.seen().empty());
    const auto status = run(folder.path(), {"status", "m.run", "--json"}).out;
    CHECK(nlohmann::json::parse(status)["counts"]["pending"] == 3);
}

TEST_CASE("fault row 55: an expired certificate of a known issuer ends the run with exit 5") {
    in_own_network([] {
        const ScratchFolder folder;
        folder.file("m.jsonl", chat_lines(1));
        ReplayServer gateway([](const Seen&) { return chat_reply(); });
        const Identity issuer;
        const Identity expired({.from_s = -7200, .until_s = -3600, .issuer = &issuer});
        const TlsFront front(expired, {.to = gateway.port()});
        replace_file("/etc/ssl/certs/ca-certificates.crt", issuer.path);

        const auto ended =
            run(folder.path(), {"run", "m.jsonl"}, pointing_at(url + std::to_string(front.port())));

        CAPTURE(ended.err);
        CHECK(ended.exit_code == 5);
        CHECK(ended.err.find("certificate has expired") != std::string::npos);
    });
}

TEST_CASE("fault row 55: handshakes that fail for a minute stop the run and say why") {
    Job1 task;
    task.id = "t";
    Night night;
    night.tasks = {task};
    night.gateway = [](const test::Exchange&) {
        auto reply = no_reply(Trouble::tls, false);
        reply.trouble_text = "unsupported protocol";
        return reply;
    };
    const auto ran = live_through(night);

    CHECK(ran.stop.cause == StopCause::misconfigured);
    CHECK(ran.stop.message.find("unsupported protocol") != std::string::npos);
    CHECK(ran.counts.at(State::pending) == 1);
    CHECK(ran.seconds < 70);
}
