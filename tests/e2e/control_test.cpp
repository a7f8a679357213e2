// A running job is paused and resumed from another terminal; and who is there to be asked.

#include "tests/control/published.hpp"
#include "tests/e2e/slow_run.hpp"

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include <csignal>
#include <set>

using namespace nightshift::test;
using nlohmann::json;
namespace fs = std::filesystem;

TEST_CASE("a paused run sends nothing until it is resumed, and says so") {
    Slow slow(chat_lines(5));
    const auto paused = slow.ask({"pause", "d"});
    CAPTURE(paused.err);
    CHECK(paused.exit_code == 0);
    CHECK(holds(paused.err, "paused 1 lane; 1 request in flight will finish"));
    slow.go.release(1000);
    REQUIRE(slow.reaches("succeeded", 1));
    const auto status = slow.ask({"status", "d"});
    CHECK(holds(status.out, "paused since "));
    CHECK(holds(slow.ask({"pause", "d"}).err, "already paused: 1 lane"));
    CHECK(slow.count("pending") == 4);
    CHECK(slow.posts() == 1);

    const auto resumed = slow.ask({"resume", "d", "--json"});
    const json one_resumed{{"schema", 1}, {"lanes", 1}, {"changed", 1}, {"in_flight", 0}};
    CHECK(json::parse(resumed.out) == one_resumed);
    const auto ended = slow.finish();
    CAPTURE(ended.err);
    CHECK(ended.exit_code == 0);
    CHECK(slow.posts() == 5);
    CHECK(!fs::exists(slow.folder.path() / "d/.nightshift/control"));
}

TEST_CASE("a pause of one lane leaves the others alone") {
    Slow slow(line_for("a") + line_for("b", "GLM-5.1") + line_for("c", "GLM-5.1"), {"-j", "1"});
    CHECK(slow.ask({"pause", "d", "--lane", "endpoint=chat_completions,model=GLM*"}).exit_code ==
          0);
    const auto none = slow.ask({"pause", "d", "--lane", "model=nothing"});
    CHECK(none.exit_code == 2);
    CHECK(holds(none.err, "this run has no lane (nothing)"));
    slow.folder.file("n.jsonl", line_for("d"));
    CHECK(slow.ask({"run", "--append", "n.jsonl", "-o", "d"}).exit_code == 0);
    slow.go.release(1000);
    REQUIRE(slow.reaches("succeeded", 2));
    CHECK(slow.count("pending") == 2);
    CHECK(slow.ask({"resume", "d"}).exit_code == 0);
    CHECK(slow.finish().exit_code == 0);
}

TEST_CASE("without a running process the commands say what to do") {
    const ScratchFolder folder;
    folder.file("m.jsonl", chat_lines(1));
    run(folder.path(), {"run", "m.jsonl", "-o", "d", "--sandbox"});
    for (const std::vector<std::string>& command :
         {std::vector<std::string>{"pause", "d"}, {"resume", "d"}, {"set", "d", "concurrency=2"}}) {
        const auto ended = run(folder.path(), command);
        CHECK(ended.exit_code == 2);
        CHECK(ended.err == "nightshift: no process runs d; start one with `nightshift run -o d`\n");
    }
    CHECK(run(folder.path(), {"pause", "nowhere"}).exit_code == 2);
}

TEST_CASE("a killed run's socket is in nobody's way") {
    Slow slow(chat_lines(2));
    slow.program->signal(SIGKILL);
    slow.program->wait();
    REQUIRE(fs::exists(slow.folder.path() / "d/.nightshift/control"));
    CHECK(slow.ask({"pause", "d"}).exit_code == 2);
    slow.go.release();
    slow.program.emplace(slow.folder.path(), std::vector<std::string>{"run", "-o", "d", "-j", "1"},
                         pointing_at(slow.server.base_url()));
    slow.asked.acquire();
    CHECK(slow.ask({"pause", "d"}).exit_code == 0);
    CHECK(slow.ask({"resume", "d"}).exit_code == 0);
    CHECK(slow.finish().exit_code == 0);
}

TEST_CASE("a run directory with a long path takes orders, too") {
    std::string dir;
    for (int i = 0; i < 3; ++i) dir += std::string(50, 'x') + "/";
    Slow slow(chat_lines(2), {"-j", "1"}, dir + "d");
    const auto paused = slow.ask({"pause", dir + "d"});
    CAPTURE(paused.err);
    CHECK(paused.exit_code == 0);
    CHECK(slow.ask({"resume", dir + "d"}).exit_code == 0);
    CHECK(slow.finish().exit_code == 0);
}

TEST_CASE("every command is answered as schemas/control.json has it") {
    Slow slow(chat_lines(4) + line_for("other", "GLM-5.1"));
    slow.folder.file("n.jsonl", line_for("new") + "{}\n");
    const auto manifest = (slow.folder.path() / "n.jsonl").string();
    const std::vector<std::pair<std::string, json>> requests = {
        {"status", json::object()},
        {"pause", {{"model", "gpt-5.4"}}},
        {"status", json::object()},
        {"resume", json::object()},
        {"set", {{"settings", {"concurrency=2", "max_duration=none"}}}},
        {"append", {{"manifests", {manifest}}}},
        {"append", {{"manifests", {manifest}}, {"skip_invalid", true}}},
        {"retry", {{"selection", {{"states", {"failed"}}}}}},
        {"cancel", {{"selection", {{"ids", {"t3"}}}}}}};
    std::set<std::string> asked_for;
    for (const auto& [command, arguments] : requests) {
        CAPTURE(command);
        const nightshift::control::Request request{.command = command, .arguments = arguments};
        CHECK(wrong_by_schema("request", command, line_of(request)) == "");
        const auto told =
            nightshift::control::ask(slow.folder.path() / "d/.nightshift", request, 30);
        CHECK(told.answer.error == "");
        CHECK(wrong_by_schema("answer", command, line_of(told.answer)) == "");
        asked_for.insert(command);
    }
    CHECK(asked_for.size() == published("request").size());
    const auto refused =
        nightshift::control::ask(slow.folder.path() / "d/.nightshift",
                                 {.command = "status", .arguments = {{"evil", 1}}}, 30);
    CHECK(refused.answer.error == "\"evil\" is not known here");
    CHECK(wrong_by_schema("answer", "error", line_of(refused.answer)) == "");
}
