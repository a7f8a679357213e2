#include "tests/crash/gateway.hpp"

#include <arpa/inet.h>
#include <chrono>
#include <fstream>
#include <netinet/in.h>
#include <stdexcept>
#include <sys/socket.h>
#include <unistd.h>

namespace nightshift::test {
namespace {

constexpr std::chrono::milliseconds look_every(2);
constexpr int looks_max = 5'000;

// The body of a GET on loopback; the server closes the connection.
std::string get(int port, const std::string& path) {
    const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(static_cast<std::uint16_t>(port));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    const auto request =
        "GET " + path + " HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n";
    std::string reply;
    if (connect(fd, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0 &&
        send(fd, request.data(), request.size(), MSG_NOSIGNAL) > 0) {
        char block[65536];
        for (ssize_t got = 0; (got = read(fd, block, sizeof block)) > 0;) {
            reply.append(block, static_cast<std::size_t>(got));
        }
    }
    close(fd);
    const auto head_end = reply.find("\r\n\r\n");
    if (reply.rfind("HTTP/1.1 200", 0) != 0 || head_end == std::string::npos) {
        throw std::runtime_error("the gateway did not answer GET " + path + ": " +
                                 reply.substr(0, 80));
    }
    return reply.substr(head_end + 4);
}

}  // namespace

Gateway::Gateway(const std::filesystem::path& folder, const std::string& faults, double speed) {
    std::filesystem::create_directories(folder);
    std::vector<std::string> arguments = {"sandbox", "--listen", "127.0.0.1:0",        "--state",
                                          "state",   "--speed",  std::to_string(speed)};
    if (!faults.empty()) {
        std::ofstream(folder / "faults.json") << faults;
        arguments.insert(arguments.end(), {"--faults", "faults.json"});
    }
    program_ = std::make_unique<Program>(folder, std::move(arguments));
    for (int look = 0; look < looks_max; ++look) {
        const auto text = program_->out_so_far();
        if (text.find('\n') != std::string::npos) {
            base_url_ = text.substr(0, text.find('\n'));
            port_ = std::stoi(base_url_.substr(base_url_.rfind(':') + 1));
            return;
        }
        if (program_->ends_within(look_every)) break;
    }
    throw std::runtime_error("the stand-in gateway did not start: " + program_->wait().err);
}

std::string Gateway::books() const {
    return get(port_, "/sandbox/books");
}

}  // namespace nightshift::test
