// A scripted gateway on loopback for tests of the real binary: canned replies by method and path,
// every request recorded. One thread per connection, blocking: there are few.

#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace nightshift::test {

struct Canned {
    int status = 200;
    std::vector<std::pair<std::string, std::string>> headers;
    std::string body;
    bool close_early = false;                 // Content-Length promises more than is sent
    std::size_t promised = 0;                 // with close_early: how much; 0: a mebibyte more
    std::function<void()> before_close = {};  // with close_early: may keep the reply open
};

struct Seen {
    std::string method, target;
    std::map<std::string, std::string> headers;  // names in lower case
    std::string body;
};

class ReplayServer {
public:
    // Called for every request, on the connection's thread, one at a time.
    using Handler = std::function<Canned(const Seen&)>;
    explicit ReplayServer(Handler handler);
    ~ReplayServer();
    ReplayServer(const ReplayServer&) = delete;
    ReplayServer& operator=(const ReplayServer&) = delete;

    std::uint16_t port() const { return port_; }
    std::string base_url() const { return "http://127.0.0.1:" + std::to_string(port_); }
    std::vector<Seen> seen() const;

private:
    void accept_all();
    void serve(int fd);

    Handler handler_;
    int listener_ = -1;
    std::uint16_t port_ = 0;
    mutable std::mutex mutex_;
    std::vector<Seen> seen_;
    std::vector<int> open_;
    std::vector<std::thread> threads_;
    std::atomic<bool> ending_{false};
    std::thread acceptor_;
};

}  // namespace nightshift::test
