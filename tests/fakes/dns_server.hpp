// A name server on 127.0.0.1:53 of a network of the test's own (own_network.hpp): answers as a
// function says, and counts.

#pragma once

#include <atomic>
#include <functional>
#include <string>
#include <thread>
#include <vector>

namespace nightshift::test {

struct DnsAnswer {
    enum class Outcome { good, no_such_name, server_failure, silence } outcome = Outcome::good;
    std::vector<std::string> addresses = {};  // of the family that was asked for
};

class DnsServer {
public:
    // `ipv6`: AAAA is asked for, else A. Other types are answered with nothing.
    using Names = std::function<DnsAnswer(const std::string& name, bool ipv6)>;
    explicit DnsServer(Names names);
    ~DnsServer();
    DnsServer(const DnsServer&) = delete;
    DnsServer& operator=(const DnsServer&) = delete;
    int questions() const { return questions_; }

private:
    void serve();

    Names names_;
    int socket_ = -1;
    std::atomic<int> questions_{0};
    std::atomic<bool> ending_{false};
    std::thread thread_;
};

}  // namespace nightshift::test
