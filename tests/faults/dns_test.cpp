// Names that do not resolve, resolve late, or to somewhere else than before. The real program, a
// name server of the test's own, and a gateway behind TLS that it trusts.

#include "tests/e2e/gateway.hpp"
#include "tests/fakes/dns_server.hpp"
#include "tests/fakes/own_network.hpp"
#include "tests/fakes/tls_front.hpp"

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include <atomic>
#include <chrono>
#include <optional>

using namespace nightshift::test;
using Outcome = DnsAnswer::Outcome;

namespace {

const std::string host = "gateway.example";
constexpr std::uint16_t https_port = 8443;

// A network in which `host` is what its name server says.
struct NamedGateway {
    explicit NamedGateway(ReplayServer::Handler handler = [](const Seen&) { return chat_reply(); })
        : gateway(std::move(handler)) {
        // Impatient, so that a silent name server costs a second and not ten.
        folder.file("resolv.conf", "nameserver 127.0.0.1\noptions timeout:1 attempts:1\n");
        replace_file("/etc/resolv.conf", (folder.path() / "resolv.conf").string());
        replace_file("/etc/ssl/certs/ca-certificates.crt", issuer.path);
    }
    TlsFront::Manner at(const std::string& address) const {
        TlsFront::Manner manner;
        manner.to = gateway.port();
        manner.address = address;
        manner.port = https_port;
        return manner;
    }
    Ended run(int tasks, std::vector<std::string> more = {}) const {
        folder.file("m.jsonl", chat_lines(tasks));
        std::vector<std::string> arguments = {"run", "m.jsonl", "--retry-base", "0.05"};
        arguments.insert(arguments.end(), more.begin(), more.end());
        const auto base_url = "https://" + host + ":" + std::to_string(https_port);
        return nightshift::test::run(folder.path(), std::move(arguments), pointing_at(base_url));
    }
    void check_each_sent_once(const Ended& ended, std::size_t tasks) const {
        CAPTURE(ended.err);
        CHECK(ended.exit_code == 0);
        CHECK(gateway.seen().size() == tasks);
        for (const auto& line : read_jsonl(folder.path() / "m.run/ledger.jsonl")) {
            CHECK(line["attempts"] == 1);
            CHECK(line["maybe_billed"] == 0);
        }
    }

    const ScratchFolder folder;
    const Identity issuer;
    const Identity identity{Identity::Wanted{.names = "DNS:" + host, .issuer = &issuer}};
    ReplayServer gateway;
};

}  // namespace

TEST_CASE("fault row 56: a name server that fails for a while costs no attempt") {
    for (const auto failing : {Outcome::server_failure, Outcome::silence}) {
        in_own_network([&] {
            const NamedGateway net;
            const TlsFront front(net.identity, net.at("127.0.0.1"));
            int asked = 0;
            const DnsServer names([&](const std::string&, bool ipv6) {
                if (++asked <= 2) return DnsAnswer{failing, {}};
                return ipv6 ? DnsAnswer{} : DnsAnswer{Outcome::good, {"127.0.0.1"}};
            });
            const auto ended = net.run(1);

            CAPTURE(static_cast<int>(failing));
            net.check_each_sent_once(ended, 1);
            CHECK(asked > 2);
            CHECK(ended.err.find("trying again") != std::string::npos);
        });
    }
}

TEST_CASE("fault row 56: a name that does not exist ends the run at once") {
    in_own_network([] {
        const NamedGateway net;
        const TlsFront front(net.identity, net.at("127.0.0.1"));
        const DnsServer names([](const std::string&, bool) {
            return DnsAnswer{Outcome::no_such_name, {}};
        });
        const auto ended = net.run(1);

        CAPTURE(ended.err);
        CHECK(ended.exit_code == 5);
        CHECK(ended.err.find("check the base URL") != std::string::npos);
        CHECK(net.gateway.seen().empty());
    });
}

TEST_CASE("fault row 56: a gateway that moves to another address is found there at once") {
    in_own_network([] {
        std::optional<TlsFront> front;
        std::atomic<bool> moved = false;
        std::optional<NamedGateway> net;
        int posts = 0;
        net.emplace([&](const Seen&) {
            if (++posts == 3) {  // the old address is gone, and its name leads elsewhere
                moved = true;
                front.emplace(net->identity, net->at("127.0.0.2"));
            }
            return chat_reply();
        });
        front.emplace(net->identity, net->at("127.0.0.1"));
        const DnsServer names([&](const std::string&, bool ipv6) {
            if (ipv6) return DnsAnswer{};
            return DnsAnswer{Outcome::good, {moved ? "127.0.0.2" : "127.0.0.1"}};
        });
        const auto begun = std::chrono::steady_clock::now();
        const auto ended = net->run(10, {"-j", "1"});
        const auto taken = std::chrono::steady_clock::now() - begun;

        CAPTURE(ended.err);
        CHECK(ended.exit_code == 0);
        CHECK(front->handshakes() > 0);
        CHECK(posts == 11);  // the third reply was lost with its connection
        CHECK(taken < std::chrono::seconds(10));
        front.reset();
    });
}

TEST_CASE("fault row 56: an IPv6 address that swallows everything does not hold up IPv4") {
    in_own_network([] {
        run_tool("ip link add v0 type veth peer name v1");
        run_tool("ip link set v0 up && ip link set v1 up");
        run_tool("ip -6 addr add fd00::2/64 dev v0 nodad");
        run_tool("ip -6 neigh add fd00::9 lladdr 02:00:00:00:00:09 dev v0");
        const NamedGateway net;
        const TlsFront front(net.identity, net.at("127.0.0.1"));
        const DnsServer names([](const std::string&, bool ipv6) {
            return DnsAnswer{Outcome::good, {ipv6 ? "fd00::9" : "127.0.0.1"}};
        });
        const auto begun = std::chrono::steady_clock::now();
        const auto ended = net.run(3);
        const auto taken = std::chrono::steady_clock::now() - begun;

        net.check_each_sent_once(ended, 3);
        CHECK(taken < std::chrono::seconds(5));
    });
}
