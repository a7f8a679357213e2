// POSIX sockets behind the test client.
#include "client.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cctype>
#include <cerrno>
#include <cstdlib>
#include <fstream>
#include <sstream>
#include <stdexcept>

namespace nightshift::sandbox {
namespace {

std::string lower(std::string text) {
    for (char& letter : text) {
        letter = static_cast<char>(std::tolower(static_cast<unsigned char>(letter)));
    }
    return text;
}

// Takes the chunks of `rest` apart; true when the last one came.
bool join_chunks(std::string rest, std::string& body) {
    while (true) {
        const auto line = rest.find("\r\n");
        if (line == std::string::npos) return false;
        const auto size = std::strtoull(rest.substr(0, line).c_str(), nullptr, 16);
        if (size == 0) return rest.substr(line).starts_with("\r\n\r\n");
        body += rest.substr(line + 2, size);
        if (rest.size() < line + 2 + size + 2) return false;
        rest.erase(0, line + 2 + size + 2);
    }
}

void read_reply(Got& got) {
    const auto end = got.raw.find("\r\n\r\n");
    if (end == std::string::npos || !got.raw.starts_with("HTTP/1.1 ")) return;
    std::istringstream head(got.raw.substr(0, end));
    std::string line;
    std::getline(head, line);
    got.status = std::atoi(line.substr(9).c_str());
    while (std::getline(head, line)) {
        const auto colon = line.find(':');
        std::string value = line.substr(colon + 2);
        if (value.ends_with('\r')) value.pop_back();
        got.headers[lower(line.substr(0, colon))] = value;
    }
    const std::string rest = got.raw.substr(end + 4);
    if (got.headers.count("transfer-encoding") != 0) {
        got.whole = join_chunks(rest, got.body);
        return;
    }
    got.body = rest;
    const auto length = got.headers.find("content-length");
    got.whole = length != got.headers.end() && std::stoull(length->second) == rest.size();
}

int connected(std::uint16_t port) {
    const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (::connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
        ::close(fd);
        throw std::runtime_error("test client: cannot connect");
    }
    return fd;
}

}  // namespace

Got ask(std::uint16_t port, const Ask& request, int patience_ms) {
    std::string text = request.method + " " + request.target + " HTTP/1.1\r\nHost: sandbox\r\n";
    for (const auto& [name, value] : request.headers) text += name + ": " + value + "\r\n";
    if (request.method != "GET") {
        const std::uint64_t size = request.announced != 0 ? request.announced : request.body.size();
        text += "Content-Length: " + std::to_string(size) + "\r\n";
    }
    text += "Connection: close\r\n\r\n" + request.body;
    const int fd = connected(port);
    Got got;
    for (std::size_t at = 0; at < text.size();) {
        const auto sent = ::send(fd, text.data() + at, text.size() - at, MSG_NOSIGNAL);
        if (sent <= 0) break;
        at += static_cast<std::size_t>(sent);
    }
    std::array<char, 65536> piece{};
    while (true) {
        pollfd waiting{fd, POLLIN, 0};
        if (::poll(&waiting, 1, patience_ms) <= 0) break;
        const auto count = ::recv(fd, piece.data(), piece.size(), 0);
        if (count < 0) got.reset = errno == ECONNRESET;
        if (count <= 0) break;
        got.raw.append(piece.data(), static_cast<std::size_t>(count));
    }
    ::close(fd);
    read_reply(got);
    return got;
}

Got get(std::uint16_t port, const std::string& target) {
    Ask request;
    request.target = target;
    request.headers = {{"Authorization", "Bearer sk-sandbox-test-1"}};
    return ask(port, request);
}

Got post(std::uint16_t port, const std::string& target, const std::string& json) {
    Ask request;
    request.method = "POST";
    request.target = target;
    request.headers = {{"Authorization", "Bearer sk-sandbox-test-1"},
                       {"Content-Type", "application/json"}};
    request.body = json;
    return ask(port, request);
}

Folder::Folder() {
    std::string name = (std::filesystem::temp_directory_path() / "sandbox-test-XXXXXX").string();
    if (::mkdtemp(name.data()) == nullptr) throw std::runtime_error("no temporary folder");
    path_ = name;
}

Folder::~Folder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
}

std::filesystem::path Folder::file(const std::string& name, const std::string& text) const {
    std::ofstream(path_ / name, std::ios::binary) << text;
    return path_ / name;
}

}  // namespace nightshift::sandbox
