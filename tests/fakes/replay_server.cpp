#include "tests/fakes/replay_server.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdexcept>
#include <sys/socket.h>
#include <unistd.h>

namespace nightshift::test {
namespace {

constexpr std::size_t close_early_extra = 1 << 20;

std::string lower(std::string text) {
    std::transform(text.begin(), text.end(), text.begin(),
                   [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    return text;
}

// Reads one request off the connection; false when the peer is gone.
bool read_request(int fd, std::string& buffer, Seen& request) {
    std::size_t head_end = std::string::npos;
    char block[65536];
    while ((head_end = buffer.find("\r\n\r\n")) == std::string::npos) {
        const auto got = read(fd, block, sizeof block);
        if (got <= 0) return false;
        buffer.append(block, static_cast<std::size_t>(got));
    }
    const auto head = buffer.substr(0, head_end);
    const auto first = head.substr(0, head.find("\r\n"));
    request.method = first.substr(0, first.find(' '));
    const auto target_at = request.method.size() + 1;
    request.target = first.substr(target_at, first.rfind(' ') - target_at);
    for (std::size_t at = head.find("\r\n"); at != std::string::npos;) {
        at += 2;
        const auto end = head.find("\r\n", at);
        const auto line = head.substr(at, end == std::string::npos ? end : end - at);
        const auto colon = line.find(": ");
        if (colon != std::string::npos) {
            request.headers[lower(line.substr(0, colon))] = line.substr(colon + 2);
        }
        at = end;
    }
    const auto length = request.headers.count("content-length") > 0
                            ? std::stoul(request.headers["content-length"])
                            : 0;
    buffer.erase(0, head_end + 4);
    while (buffer.size() < length) {
        const auto got = read(fd, block, sizeof block);
        if (got <= 0) return false;
        buffer.append(block, static_cast<std::size_t>(got));
    }
    request.body = buffer.substr(0, length);
    buffer.erase(0, length);
    return true;
}

std::string response_of(const Canned& canned) {
    auto text = fmt::format("HTTP/1.1 {} Canned\r\n", canned.status);
    for (const auto& [name, value] : canned.headers) {
        const auto key = lower(name);
        if (key == "content-length" || key == "connection") continue;
        text += name + ": " + value + "\r\n";
    }
    auto promised = canned.body.size();
    if (canned.close_early) {
        promised = canned.promised > 0 ? canned.promised : promised + close_early_extra;
    }
    text += fmt::format("Content-Length: {}\r\n\r\n", promised);
    return text + canned.body;
}

}  // namespace

ReplayServer::ReplayServer(Handler handler) : handler_(std::move(handler)) {
    listener_ = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    if (bind(listener_, reinterpret_cast<sockaddr*>(&address), size) != 0 ||
        listen(listener_, 64) != 0 ||
        getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size) != 0) {
        throw std::runtime_error("no loopback port");
    }
    port_ = ntohs(address.sin_port);
    acceptor_ = std::thread([this] { accept_all(); });
}

ReplayServer::~ReplayServer() {
    ending_ = true;
    shutdown(listener_, SHUT_RDWR);
    acceptor_.join();
    close(listener_);
    {
        const std::lock_guard lock(mutex_);
        for (const int fd : open_) shutdown(fd, SHUT_RDWR);
    }
    for (auto& thread : threads_) thread.join();
}

std::vector<Seen> ReplayServer::seen() const {
    const std::lock_guard lock(mutex_);
    return seen_;
}

void ReplayServer::accept_all() {
    while (!ending_) {
        const int fd = accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
        if (fd < 0) continue;
        const std::lock_guard lock(mutex_);
        open_.push_back(fd);
        threads_.emplace_back([this, fd] { serve(fd); });
    }
}

void ReplayServer::serve(int fd) {
    std::string buffer;
    for (;;) {
        Seen request;
        if (!read_request(fd, buffer, request)) break;
        Canned canned;
        {
            const std::lock_guard lock(mutex_);
            seen_.push_back(request);
            canned = handler_(request);
        }
        const auto text = response_of(canned);
        const bool sent = send(fd, text.data(), text.size(), MSG_NOSIGNAL) >= 0;
        if (canned.close_early && canned.before_close) canned.before_close();
        if (!sent || canned.close_early) break;
    }
    const std::lock_guard lock(mutex_);
    open_.erase(std::remove(open_.begin(), open_.end(), fd), open_.end());
    close(fd);
}

}  // namespace nightshift::test
