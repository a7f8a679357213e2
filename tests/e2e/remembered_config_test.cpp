// A run directory remembers its configuration, and a summary the command that continues it.

#include "tests/e2e/gateway.hpp"

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include <filesystem>
#include <fstream>

using namespace nightshift::test;
using nlohmann::json;

namespace {

namespace fs = std::filesystem;

bool holds(const std::string& text, const std::string& part) {
    return text.find(part) != std::string::npos;
}

const std::string prices = "[price.\"*\"]\nper_task = 1.0\n";

}  // namespace

TEST_CASE("run -o DIR keeps the budget and the prices that the manifest was loaded with") {
    const ScratchFolder folder;
    folder.file("m.jsonl", chat_lines(5));
    folder.file("nightshift.toml", "[run]\nbudget = 3.0\ncurrency = \"CNY\"\n" + prices);
    fs::create_directories(folder.path() / "elsewhere");
    ReplayServer server([](const Seen&) { return chat_reply(); });
    const auto environment = pointing_at(server.base_url());
    REQUIRE(run(folder.path(), {"run", "m.jsonl", "--limit", "0"}, environment).exit_code == 0);
    const auto resumed = run(folder.path() / "elsewhere", {"run", "-o", "../m.run"}, environment);
    CAPTURE(resumed.err);
    CHECK(resumed.exit_code == 6);
    CHECK(server.seen().size() == 3);
    CHECK(holds(resumed.err, "configuration: " + (folder.path() / "nightshift.toml").string()));
    CHECK(holds(resumed.err, "3 CNY of a budget of 3"));
    CHECK(holds(resumed.err,
                " --budget AMOUNT  # continues with AMOUNT above 3, of which 3 is spent"));
    const auto status = json::parse(run(folder.path(), {"status", "m.run", "--json"}).out);
    CHECK(status["config"]["path"] == (folder.path() / "nightshift.toml").string());
    CHECK(holds(status["config"]["text"], "budget = 3.0"));
    CHECK(status["currency"] == "CNY");

    // What was in it counts when the file is gone.
    fs::remove(folder.path() / "nightshift.toml");
    const auto gone = run(folder.path(), {"run", "-o", "m.run"}, environment);
    CHECK(gone.exit_code == 6);
    CHECK(holds(gone.err, "that file is gone"));
    CHECK(run(folder.path(), {"run", "-o", "m.run", "--budget", "9"}, environment).exit_code == 0);
}

TEST_CASE("an edited configuration counts as it is now, and that is said") {
    const ScratchFolder folder;
    folder.file("m.jsonl", chat_lines(3));
    folder.file("my.toml", "[run]\nbudget = 1.0\n" + prices);
    ReplayServer server([](const Seen&) { return chat_reply(); });
    const auto environment = pointing_at(server.base_url());
    CHECK(run(folder.path(), {"run", "m.jsonl", "--config", "my.toml"}, environment).exit_code ==
          6);
    folder.file("my.toml", "[run]\nbudget = 2.0\n" + prices);
    const auto resumed = run(folder.path(), {"run", "-o", "m.run"}, environment);
    CHECK(resumed.exit_code == 6);
    CHECK(holds(resumed.err, "it was edited since"));
    CHECK(server.seen().size() == 2);
}

TEST_CASE("what runs a command is not remembered") {
    const ScratchFolder folder;
    folder.file("m.jsonl", chat_lines(1));
    folder.file("my.toml", "[run]\non_done = \"echo SECRET-HOOK >done\"\nmax_attempts = 2\n");
    ReplayServer server([](const Seen&) { return chat_reply(); });
    const auto environment = pointing_at(server.base_url());
    REQUIRE(run(folder.path(), {"run", "m.jsonl", "--config", "my.toml"}, environment).exit_code ==
            0);
    const auto kept = read_file(folder.path() / "m.run/.nightshift/config.json");
    CHECK(holds(kept, "max_attempts"));
    CHECK_FALSE(holds(kept, "SECRET-HOOK"));
    const auto resumed = run(folder.path(), {"run", "-o", "m.run"}, environment);
    CHECK(resumed.exit_code == 2);
    CHECK(holds(resumed.err, "add --config"));
    fs::remove(folder.path() / "done");
    fs::remove(folder.path() / "my.toml");
    CHECK(run(folder.path(), {"run", "-o", "m.run"}, environment).exit_code == 0);
    CHECK_FALSE(fs::exists(folder.path() / "done"));
}

TEST_CASE("the next command repeats the flags that matter") {
    const ScratchFolder folder;
    folder.file("m.jsonl", chat_lines(2));
    ReplayServer server([](const Seen&) {
        return Canned{401,
                      {{"Content-Type", "application/json"}},
                      R"({"error":{"message":"no key","type":"x"}})"};
    });
    const auto ended =
        run(folder.path(),
            {"run", "m.jsonl", "-j", "2", "--only", "model=gpt-*", "--resend", "videos=none",
             "--max-duration", "1h30m", "--timeout", "videos=2m", "--fail-fast"},
            pointing_at(server.base_url()));
    CAPTURE(ended.err);
    CHECK(ended.exit_code == 4);
    CHECK(holds(ended.err,
                " -j 2 --only 'model=gpt-*' --timeout videos=2m --resend "
                "videos=none --max-duration 5400 --fail-fast"));
}
