// What a running process is asked and answers: one JSON object a line, one answer to each request
// (docs/control.md). Pure: no socket here. Both ends take what they read for a stranger's.

#pragma once

#include <nlohmann/json.hpp>

#include <optional>
#include <string>
#include <string_view>

namespace nightshift::control {

using Json = nlohmann::json;

struct Request {
    std::string command;
    Json arguments = Json::object();  // the other members
};

// What went wrong, for the exit code of who asked.
enum class Trouble {
    none,
    request,  // it makes no sense, or cannot be done: exit 2
    ending,   // the run takes nothing more: ask again when it is over, or run again: exit 8
    busy,     // too many are asking
    storage,  // exit 7
};

struct Answer {
    Trouble trouble = Trouble::none;
    std::string error;             // with a trouble: what, and what to do
    Json result = Json::object();  // without: what was done

    static Answer refused(Trouble trouble, std::string error);
};

// A line of a client, without its line feed. Nothing of a bad one is repeated in `error`.
struct ReadRequest {
    std::optional<Request> request;
    std::string error;
};
ReadRequest read_request(std::string_view line);
// With the line feed.
std::string line_of(const Request& request);

// nullopt: no answer of this protocol.
std::optional<Answer> read_answer(std::string_view line);
std::string line_of(const Answer& answer);

// Bytes as they come, lines as they are whole.
class LineBuffer {
public:
    explicit LineBuffer(std::size_t line_bytes_max) : most_(line_bytes_max) {}
    void add(std::string_view bytes) { bytes_.append(bytes); }
    // The next whole line, without its line feed.
    std::optional<std::string> next();
    // More came than a line may have: whatever follows cannot be understood either.
    bool overflowed() const;

private:
    std::size_t most_;
    std::string bytes_;
};

}  // namespace nightshift::control
