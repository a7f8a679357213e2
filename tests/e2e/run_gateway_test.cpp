// A run directory belongs to one gateway, and lies beside its manifest.

#include "tests/e2e/gateway.hpp"

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include <filesystem>

using namespace nightshift::test;
using nlohmann::json;

namespace {

namespace fs = std::filesystem;

bool holds(const std::string& text, const std::string& part) {
    return text.find(part) != std::string::npos;
}

// Two gateways that answer everything.
struct TwoGateways {
    ReplayServer first{[](const Seen&) { return chat_reply("first"); }};
    ReplayServer second{[](const Seen&) { return chat_reply("second"); }};
};

json status_of(const ScratchFolder& folder, const std::string& dir) {
    return json::parse(run(folder.path(), {"status", dir, "--json"}).out);
}

}  // namespace

TEST_CASE("made-up results never count as real ones: a sandbox run has a folder of its own") {
    const ScratchFolder folder;
    folder.file("m.jsonl", chat_lines(3));
    TwoGateways gateways;
    const auto sandbox = run(folder.path(), {"run", "m.jsonl", "--sandbox"});
    REQUIRE(sandbox.exit_code == 0);
    CHECK(holds(sandbox.err, "sandbox run: replies and files are made up"));
    CHECK(holds(sandbox.err, "Sandbox run done in"));
    CHECK(status_of(folder, "m.sandbox.run")["gateway"] == "sandbox");
    CHECK(holds(run(folder.path(), {"status", "m.sandbox.run"}).out, "sandbox run"));
    for (const auto& line : read_jsonl(folder.path() / "m.sandbox.run/ledger.jsonl")) {
        CHECK(line["gateway"] == "sandbox");
    }

    const auto real =
        run(folder.path(), {"run", "m.jsonl"}, pointing_at(gateways.first.base_url()));
    CHECK(real.exit_code == 0);
    CHECK_FALSE(holds(real.err, "andbox"));
    CHECK(gateways.first.seen().size() == 3);
    for (const auto& line : read_jsonl(folder.path() / "m.run/ledger.jsonl")) {
        CHECK(line["gateway"] == gateways.first.base_url());
        CHECK(line["text"] == "first");
    }
}

TEST_CASE("a run directory is not mixed, whichever way, also when nothing was submitted yet") {
    const ScratchFolder folder;
    folder.file("m.jsonl", chat_lines(2));
    folder.file("n.jsonl", R"({"id":"new","model":"gpt-5.4","prompt":"p"})");
    TwoGateways gateways;
    const auto first = pointing_at(gateways.first.base_url());
    const auto second = pointing_at(gateways.second.base_url());
    REQUIRE(
        run(folder.path(), {"run", "m.jsonl", "--sandbox", "--limit", "0", "-o", "s"}).exit_code ==
        0);
    REQUIRE(run(folder.path(), {"run", "m.jsonl", "--limit", "0", "-o", "r"}, first).exit_code ==
            0);
    struct Mix {
        std::vector<std::string> arguments;
        std::map<std::string, std::string> environment;
        std::string remedy;
    };
    for (const auto& mix : std::vector<Mix>{
             {{"run", "m.jsonl", "-o", "s"}, first, "add --sandbox"},
             {{"run", "-o", "s"}, first, "add --sandbox"},
             {{"run", "n.jsonl", "-o", "s", "--new-origin"}, first, "add --sandbox"},
             {{"run", "m.jsonl", "-o", "r", "--sandbox"}, {}, "another folder"},
             {{"run", "m.jsonl", "-o", "r", "--sandbox", "--new-origin"}, {}, "another folder"},
             {{"run", "n.jsonl", "-o", "r"}, second, "--new-origin"},
             {{"run", "n.jsonl", "-o", "r", "--limit", "0"}, second, "--new-origin"},
             {{"run", "-o", "r"}, second, "--new-origin"}}) {
        const auto ended = run(folder.path(), mix.arguments, mix.environment);
        CAPTURE(ended.err);
        CHECK(ended.exit_code == 2);
        CHECK(holds(ended.err, mix.remedy));
        CHECK(status_of(folder, mix.arguments[1] == "-o"
                                    ? mix.arguments[2]
                                    : mix.arguments[3])["counts"]["pending"] == 2);
    }
    CHECK(gateways.first.seen().empty());
    CHECK(gateways.second.seen().empty());
    CHECK(run(folder.path(), {"run", "-o", "s", "--sandbox"}).exit_code == 0);
    CHECK(run(folder.path(), {"run", "-o", "r"}, first).exit_code == 0);
}

TEST_CASE("--new-origin gives a run directory to the base URL that its gateway moved to") {
    const ScratchFolder folder;
    folder.file("m.jsonl", chat_lines(3));
    TwoGateways gateways;
    const auto second = pointing_at(gateways.second.base_url());
    REQUIRE(run(folder.path(), {"run", "m.jsonl", "--limit", "1"},
                pointing_at(gateways.first.base_url()))
                .exit_code == 0);
    const auto moved = run(folder.path(), {"run", "m.jsonl", "--new-origin"}, second);
    CHECK(moved.exit_code == 0);
    CHECK(holds(moved.err, "m.run now belongs to " + gateways.second.base_url()));
    CHECK(holds(moved.err, "2 unsent tasks will be sent there"));
    CHECK(gateways.first.seen().size() == 1);
    CHECK(gateways.second.seen().size() == 2);
    CHECK(run(folder.path(), {"run", "m.jsonl"}, second).exit_code == 0);
    const auto ledger = read_jsonl(folder.path() / "m.run/ledger.jsonl");
    REQUIRE(ledger.size() == 3);
    CHECK(ledger[0]["gateway"] == gateways.first.base_url());
    CHECK(ledger[2]["gateway"] == gateways.second.base_url());
}

TEST_CASE("the run directory lies beside its manifest, wherever the command is typed") {
    const ScratchFolder folder;
    fs::create_directories(folder.path() / "sub");
    folder.file("sub/m.jsonl", chat_lines(2));
    ReplayServer server([](const Seen&) { return chat_reply(); });
    const auto environment = pointing_at(server.base_url());
    REQUIRE(run(folder.path(), {"run", "sub/m.jsonl"}, environment).exit_code == 0);
    CHECK(fs::exists(folder.path() / "sub/m.run/ledger.jsonl"));
    CHECK_FALSE(fs::exists(folder.path() / "m.run"));
    REQUIRE(run(folder.path() / "sub", {"run", "m.jsonl"}, environment).exit_code == 0);
    CHECK(server.seen().size() == 2);
}

TEST_CASE("a run directory of an earlier version in the current folder is used, and said") {
    const ScratchFolder folder;
    fs::create_directories(folder.path() / "sub");
    folder.file("sub/m.jsonl", chat_lines(2));
    ReplayServer server([](const Seen&) { return chat_reply(); });
    const auto environment = pointing_at(server.base_url());
    REQUIRE(run(folder.path(), {"run", "sub/m.jsonl", "-o", "m.run"}, environment).exit_code == 0);
    const auto again = run(folder.path(), {"run", "sub/m.jsonl"}, environment);
    CHECK(again.exit_code == 0);
    CHECK(holds(again.err, "using m.run in the current folder"));
    CHECK(server.seen().size() == 2);
    CHECK_FALSE(fs::exists(folder.path() / "sub/m.run"));
    // It is the folder of a manifest that lies beside it.
    folder.file("m.jsonl", chat_lines(1));
    CHECK(run(folder.path(), {"run", "sub/m.jsonl"}, environment).exit_code == 0);
    CHECK(fs::exists(folder.path() / "sub/m.run"));
}
