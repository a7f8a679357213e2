// RFC 1035, as much of it as the C library's resolver asks for.

#include "tests/fakes/dns_server.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdexcept>
#include <sys/socket.h>
#include <unistd.h>

namespace nightshift::test {
namespace {

constexpr std::size_t head_bytes = 12;
constexpr int type_a = 1, type_aaaa = 28;

struct Question {
    std::string name;
    int type = 0;
    std::size_t end = 0;  // of it in the packet
};

Question question_in(const std::string& packet) {
    Question question;
    std::size_t at = head_bytes;
    while (at < packet.size() && packet[at] != 0) {
        const auto length = static_cast<unsigned char>(packet[at]);
        if (!question.name.empty()) question.name += '.';
        question.name += packet.substr(at + 1, length);
        at += 1u + length;
    }
    if (at + 5 > packet.size()) return {};
    question.type = static_cast<unsigned char>(packet[at + 2]);
    question.end = at + 5;
    return question;
}

std::string record_of(const std::string& address, bool ipv6) {
    char bytes[16] = {};
    if (inet_pton(ipv6 ? AF_INET6 : AF_INET, address.c_str(), bytes) != 1) return {};
    const std::size_t size = ipv6 ? 16 : 4;
    // The name of the question, the type, class IN, one minute.
    return std::string("\xc0\x0c\0", 3) + static_cast<char>(ipv6 ? type_aaaa : type_a) +
           std::string("\0\1\0\0\0\x3c\0", 7) + static_cast<char>(size) + std::string(bytes, size);
}

}  // namespace

DnsServer::DnsServer(Names names) : names_(std::move(names)) {
    socket_ = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(53);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (bind(socket_, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) {
        throw std::runtime_error("no name server's port here");
    }
    thread_ = std::thread([this] { serve(); });
}

DnsServer::~DnsServer() {
    ending_ = true;
    thread_.join();
    close(socket_);
}

void DnsServer::serve() {
    while (!ending_) {
        pollfd ready{socket_, POLLIN, 0};
        if (poll(&ready, 1, 20) <= 0) continue;
        std::string packet(512, '\0');
        sockaddr_in from{};
        socklen_t size = sizeof from;
        const auto got = recvfrom(socket_, packet.data(), packet.size(), 0,
                                  reinterpret_cast<sockaddr*>(&from), &size);
        if (got < static_cast<ssize_t>(head_bytes)) continue;
        packet.resize(static_cast<std::size_t>(got));
        const auto question = question_in(packet);
        if (question.end == 0) continue;
        ++questions_;
        const bool ipv6 = question.type == type_aaaa;
        DnsAnswer answer;
        if (ipv6 || question.type == type_a) answer = names_(question.name, ipv6);
        if (answer.outcome == DnsAnswer::Outcome::silence) continue;
        std::string records;
        for (const auto& address : answer.addresses) records += record_of(address, ipv6);
        const char code = answer.outcome == DnsAnswer::Outcome::no_such_name     ? '\3'
                          : answer.outcome == DnsAnswer::Outcome::server_failure ? '\2'
                                                                                 : '\0';
        auto reply = packet.substr(0, question.end) + records;
        reply[2] = static_cast<char>(reply[2] | '\x80');  // an answer
        reply[3] = static_cast<char>('\x80' | code);      // recursion is available
        reply[7] = static_cast<char>(answer.addresses.size());
        for (const std::size_t unused : {8u, 9u, 10u, 11u}) reply[unused] = 0;
        sendto(socket_, reply.data(), reply.size(), 0, reinterpret_cast<sockaddr*>(&from), size);
    }
}

}  // namespace nightshift::test
