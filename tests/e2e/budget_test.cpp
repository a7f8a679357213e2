// --budget: the run stops before it is passed, and goes on with a higher one.

#include "tests/e2e/gateway.hpp"

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

using namespace nightshift::test;
using nlohmann::json;

namespace {

// Replies of chat_reply cost 4; their lines bound them at 10.
constexpr const char* prices = "[price.\"gpt-*\"]\noutput_per_mtok = 1000000\n";

std::string bounded_lines(int count) {
    std::string text;
    for (int i = 0; i < count; ++i) {
        text += R"({"id":"t)" + std::to_string(i) +
                R"(","model":"gpt-5.4","prompt":"p","max_tokens":10})" + "\n";
    }
    return text;
}

json status_of(const ScratchFolder& folder) {
    return json::parse(run(folder.path(), {"status", "m.run", "--json"}).out);
}

}  // namespace

TEST_CASE("exit 6: the budget would be passed; a higher one goes on where it stopped") {
    const ScratchFolder folder;
    folder.file("m.jsonl", bounded_lines(5));
    folder.file("nightshift.toml", prices);
    ReplayServer server([](const Seen&) { return chat_reply(); });
    const auto environment = pointing_at(server.base_url());

    const auto stopped =
        run(folder.path(), {"run", "m.jsonl", "--budget", "25", "-j", "1", "--json"}, environment);
    CAPTURE(stopped.err);
    CHECK(stopped.exit_code == 6);
    CHECK(server.seen().size() == 4);  // 16 spent: another may cost 10
    const auto summary = json::parse(stopped.out);
    CHECK(summary["cost"] == 16);
    CHECK(summary["estimated_cost"] == 40);
    CHECK(summary["maybe_cost"] == 0);
    CHECK(summary["budget"] == 25);
    CHECK(stopped.err.find("16 is spent") != std::string::npos);
    CHECK(stopped.err.find("cost     16 of a budget of 25, estimated at 40\n") !=
          std::string::npos);
    CHECK(status_of(folder)["counts"]["pending"] == 1);
    CHECK(status_of(folder)["cost"] == 16);
    CHECK(run(folder.path(), {"status", "m.run"}).out.find("cost so far 16\n") !=
          std::string::npos);

    CHECK(run(folder.path(), {"run", "-o", "m.run", "--budget", "25"}, environment).exit_code == 6);
    CHECK(server.seen().size() == 4);
    CHECK(run(folder.path(), {"run", "-o", "m.run", "--budget", "26"}, environment).exit_code == 0);
    CHECK(status_of(folder)["cost"] == 20);
}

TEST_CASE("the budget of the environment and of the configuration count, the flag before them") {
    for (const bool in_file : {false, true}) {
        const ScratchFolder folder;
        folder.file("m.jsonl", bounded_lines(5));
        folder.file("nightshift.toml", std::string(in_file ? "[run]\nbudget = 5\n" : "") + prices);
        ReplayServer server([](const Seen&) { return chat_reply(); });
        auto environment = pointing_at(server.base_url());
        if (!in_file) environment["NIGHTSHIFT_BUDGET"] = "5";
        CHECK(run(folder.path(), {"run", "m.jsonl"}, environment).exit_code == 6);
        CHECK(server.seen().empty());
        CHECK(run(folder.path(), {"run", "m.jsonl", "--budget", "100"}, environment).exit_code ==
              0);
    }
}

TEST_CASE("exit 2: a budget without a price; the models and the table to add are named") {
    const ScratchFolder folder;
    folder.file("m.jsonl", bounded_lines(1) +
                               "{\"id\":\"c\",\"model\":\"claude-sonnet-4-6\",\"prompt\":\"p\"}\n");
    folder.file("nightshift.toml", prices);
    ReplayServer server([](const Seen&) { return chat_reply(); });
    for (const auto* command : {"run", "check"}) {
        const auto ended = run(folder.path(), {command, "m.jsonl", "--budget", "25"},
                               pointing_at(server.base_url()));
        CHECK(ended.exit_code == 2);
        const auto said = ended.err + ended.out;
        CHECK(said.find("none for \"claude-sonnet-4-6\"; add [price.\"claude-sonnet-4-6\"] to "
                        "nightshift.toml\n") != std::string::npos);
    }
    CHECK_FALSE(std::filesystem::exists(folder.path() / "m.run"));
    CHECK(server.seen().empty());
    CHECK(run(folder.path(), {"run", "m.jsonl", "--budget", "-1"}).exit_code == 2);
}

TEST_CASE("check tells the estimated cost of all lanes, against the budget when there is one") {
    const ScratchFolder folder;
    folder.file("m.jsonl",
                bounded_lines(3) + "{\"id\":\"x\",\"model\":\"gpt-5.4-mini\",\"prompt\":\"p\"}\n");
    folder.file("nightshift.toml", prices);
    const auto plain = run(folder.path(), {"check", "m.jsonl"});
    CHECK(plain.exit_code == 0);
    CHECK(plain.out.find("estimated cost ~1030\n") != std::string::npos);
    const auto tight = run(folder.path(), {"check", "m.jsonl", "--budget", "25"});
    CHECK(tight.exit_code == 6);
    CHECK(tight.out.find("estimated cost ~1030; more than the budget of 25\n") !=
          std::string::npos);
    const auto summary =
        json::parse(run(folder.path(), {"check", "m.jsonl", "--json", "--budget", "2000"}).out);
    CHECK(summary["cost"] == 1030);
    CHECK(summary["budget"] == 2000);
    CHECK(summary["models_without_price"].empty());
}
