// A server on loopback that does to its clients what a script says, byte by byte: what polite
// servers cannot be made to do. Runs on its own thread; counts what it was asked.

#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace nightshift::test {

// One request as it arrived. Everything of it was read before the script is asked.
struct Received {
    std::string method, target, head, body;
    int connection = 0;  // from 1, in order of accepting
    int number = 0;      // on this connection, from 1
};

// What happens next on a connection: bytes are sent, `repeat` times, then `end`.
struct Act {
    enum class End { keep, half_close, close, reset, hang };

    std::string bytes = {};
    End end = End::keep;
    std::size_t repeat = 1;
    std::chrono::milliseconds pause = {};  // before each repetition
};

using Script = std::function<std::vector<Act>(const Received&)>;

class LoopbackServer {
public:
    explicit LoopbackServer(Script script);
    ~LoopbackServer();
    std::string url(const std::string& path) const;  // "http://127.0.0.1:PORT" + path
    unsigned short port() const;
    std::vector<Received> exchanges() const;
    // Until so many connections were ended by the script.
    void wait_for_ended(int connections) const;

private:
    struct Inside;
    std::unique_ptr<Inside> inside_;
};

// A whole response with Content-Length; `fields` are header lines, each with its "\r\n".
std::string response(int status, const std::string& body, const std::string& fields = "");

// The script that answers everything with one response.
Script always(const std::string& bytes, Act::End end = Act::End::keep);

}  // namespace nightshift::test
