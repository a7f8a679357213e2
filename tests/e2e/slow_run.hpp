// A run that goes on while a test changes it from another terminal.

#pragma once

#include "control/client.hpp"
#include "tests/e2e/gateway.hpp"

#include <nlohmann/json.hpp>

#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <semaphore>
#include <string>
#include <vector>

namespace nightshift::test {

inline constexpr int looks_max = 400;  // of something that comes about, each a process of its own

inline bool holds(const std::string& text, const std::string& part) {
    return text.find(part) != std::string::npos;
}

// A run of chats through one slot, whose gateway answers when it is told to.
struct Slow {
    explicit Slow(const std::string& manifest, std::vector<std::string> more = {"-j", "1"},
                  const std::string& dir = "d")
        : server([this](const Seen& seen) {
              asked.release();
              go.acquire();
              return reply(seen);
          }) {
        folder.file("m.jsonl", manifest);
        std::vector<std::string> arguments = {"run", "m.jsonl", "-o", dir};
        arguments.insert(arguments.end(), more.begin(), more.end());
        program.emplace(folder.path(), arguments, pointing_at(server.base_url()));
        asked.acquire();
    }
    ~Slow() {
        program.reset();
        go.release(1000);
    }
    // All replies are given at once from here on.
    Ended finish() {
        go.release(1000);
        return program->wait();
    }
    Ended ask(std::vector<std::string> arguments) { return run(folder.path(), arguments); }
    std::size_t posts() const { return server.seen().size(); }
    // As the process itself sees them.
    nlohmann::json lanes() {
        const auto told =
            control::ask(folder.path() / "d/.nightshift",
                         {.command = "status", .arguments = nlohmann::json::object()}, 30);
        return told.answer.result.value("lanes", nlohmann::json::array());
    }
    std::int64_t count(const std::string& state) {
        return nlohmann::json::parse(ask({"status", "d", "--json"}).out)["counts"][state];
    }
    // Once so many have come to an end in this way.
    bool reaches(const std::string& state, std::int64_t wanted) {
        for (int i = 0; i < looks_max; ++i) {
            if (count(state) >= wanted) return true;
        }
        return false;
    }

    ScratchFolder folder;
    std::counting_semaphore<100'000> asked{0}, go{0};
    std::function<Canned(const Seen&)> reply = [](const Seen&) { return chat_reply(); };
    ReplayServer server;
    std::optional<Program> program;
};

inline std::map<std::string, std::string> states_in(const std::filesystem::path& ledger) {
    std::map<std::string, std::string> states;
    for (const auto& line : read_jsonl(ledger)) states[line["id"]] = line["state"];
    return states;
}

inline std::string line_for(const std::string& id, const std::string& model = "gpt-5.4") {
    return R"({"id":")" + id + R"(","model":")" + model + R"(","prompt":"x"})" + "\n";
}

}  // namespace nightshift::test
