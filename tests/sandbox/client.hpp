// A blocking HTTP/1.1 client for the sandbox tests: plain sockets, one request a connection, so
// that it sees exactly what was sent, cut replies included.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <utility>
#include <vector>

namespace nightshift::sandbox {

struct Got {
    int status = 0;                              // 0: no whole status line came
    std::map<std::string, std::string> headers;  // names in lower case
    std::string body;                            // chunks put together
    std::string raw;                             // everything that came
    bool whole = false;                          // the body ended as its framing says
    bool reset = false;                          // the connection was reset
};

struct Ask {
    std::string method = "GET";
    std::string target;
    std::vector<std::pair<std::string, std::string>> headers;
    std::string body;
    std::uint64_t announced = 0;  // a Content-Length other than the body's size
};

// Waits at most `patience_ms` for the next bytes; a stalled reply is then what came until there.
Got ask(std::uint16_t port, const Ask& request, int patience_ms = 20'000);

// With a valid key.
Got get(std::uint16_t port, const std::string& target);
Got post(std::uint16_t port, const std::string& target, const std::string& json);

// A folder that is removed at the end of a test.
class Folder {
public:
    Folder();
    ~Folder();
    Folder(const Folder&) = delete;
    Folder& operator=(const Folder&) = delete;

    const std::filesystem::path& path() const { return path_; }
    // Writes a file in it and returns its path.
    std::filesystem::path file(const std::string& name, const std::string& text) const;

private:
    std::filesystem::path path_;
};

}  // namespace nightshift::sandbox
