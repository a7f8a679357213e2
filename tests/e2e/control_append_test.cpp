// Manifests are appended to a running job.

#include "test_paths.hpp"
#include "tests/e2e/slow_run.hpp"

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include <chrono>
#include <csignal>
#include <thread>

using namespace nightshift::test;
using nlohmann::json;
namespace fs = std::filesystem;

TEST_CASE("an appended manifest is run by the process that runs there, whatever its limit") {
    Slow slow(chat_lines(3), {"-j", "1", "--limit", "1"});
    slow.folder.file("n.jsonl", line_for("new") + line_for("other", "GLM-5.1") + chat_lines(1));
    const auto refused = slow.ask({"run", "n.jsonl", "-o", "d", "--sandbox"});
    CHECK(refused.exit_code == 8);
    CHECK(holds(refused.err, "--append"));

    const auto appended = slow.ask({"run", "--append", "n.jsonl", "-o", "d"});
    CAPTURE(appended.err);
    CHECK(appended.exit_code == 0);
    CHECK(appended.err == "2 tasks added, 1 already known\n");
    const auto lanes = slow.lanes();
    REQUIRE(lanes.size() == 2);
    CHECK(lanes[0]["total"] == 2);
    CHECK(lanes[1]["model"] == "GLM-5.1");
    CHECK(lanes[1]["total"] == 1);
    const auto ended = slow.finish();
    CAPTURE(ended.err);
    CHECK(ended.exit_code == 0);
    const auto states = states_in(slow.folder.path() / "d/ledger.jsonl");
    CHECK(states == std::map<std::string, std::string>{
                        {"t0", "succeeded"}, {"new", "succeeded"}, {"other", "succeeded"}});
}

TEST_CASE(
    "an appended manifest with a bad line is refused whole, unless bad lines may be left out") {
    Slow slow(chat_lines(1));
    slow.folder.file("n.jsonl", line_for("good") + "{\"id\":\"bad\"}\n" + line_for("t0"));
    const auto refused = slow.ask({"run", "--append", "n.jsonl", "-o", "d"});
    CAPTURE(refused.err);
    CHECK(refused.exit_code == 2);
    CHECK(refused.err.find("n.jsonl:2:") == 0);
    CHECK(holds(refused.err, "the body of \"t0\" differs"));
    CHECK(holds(refused.err, "2 problems in the manifest: nothing of it was appended"));
    CHECK(slow.count("pending") == 0);

    const auto skipped =
        slow.ask({"run", "--append", "n.jsonl", "-o", "d", "--skip-invalid", "--json"});
    CHECK(json::parse(skipped.out) == json::parse(R"({"schema":1,"added":1,"known":0,"replaced":0,
                                                      "bad_lines":2})"));
    const auto replace =
        slow.ask({"run", "--append", "n.jsonl", "-o", "d", "--on-change", "replace"});
    CHECK(replace.exit_code == 2);
    CHECK(holds(replace.err, "cannot be used while the run is active"));
    CHECK(slow.finish().exit_code == 0);
    CHECK(states_in(slow.folder.path() / "d/ledger.jsonl").count("good") == 1);
}

TEST_CASE("stdin is appended, too, and its copy does not stay") {
    Slow slow(chat_lines(1));
    slow.folder.file("n.jsonl", line_for("piped") + "{}\n");
    const auto binary = std::string(NIGHTSHIFT_BINARY);
    const auto script = "\"$0\" \"$@\" < n.jsonl";
    const auto appended =
        run(slow.folder.path(), {"run", "--append", "-", "-o", "d", "--skip-invalid"}, {},
            {"/bin/sh", "-c", script});
    CAPTURE(appended.err);
    CHECK(appended.exit_code == 0);
    CHECK(holds(appended.err, "-:2:"));
    CHECK(holds(appended.err, "1 task added, 0 already known, 1 bad line left out"));
    for (const auto& entry : fs::directory_iterator(slow.folder.path() / "d/.nightshift")) {
        CHECK(!holds(entry.path().filename().string(), "append"));
    }
    CHECK(slow.finish().exit_code == 0);
    CHECK(states_in(slow.folder.path() / "d/ledger.jsonl").count("piped") == 1);
}

TEST_CASE("thousands of appended lines go in, slice by slice") {
    Slow slow(chat_lines(1));
    std::string lines;
    for (int i = 0; i < 3000; ++i) lines += line_for("n" + std::to_string(i), "GLM-5.1");
    slow.folder.file("n.jsonl", lines);
    const auto appended = slow.ask({"run", "--append", "n.jsonl", "-o", "d", "--json"});
    CHECK(json::parse(appended.out)["added"] == 3000);
    const auto again = slow.ask({"run", "--append", "n.jsonl", "-o", "d", "--json"});
    CHECK(json::parse(again.out)["known"] == 3000);
    CHECK(slow.count("pending") == 3000);
    slow.program->signal(SIGKILL);
}

TEST_CASE("killed while lines are appended, nothing that was acknowledged is lost") {
    Slow slow(chat_lines(1));
    std::string lines;
    for (int i = 0; i < 20'000; ++i) lines += line_for("n" + std::to_string(i));
    slow.folder.file("n.jsonl", lines);
    Program append(slow.folder.path(), {"run", "--append", "n.jsonl", "-o", "d"});
    REQUIRE(slow.reaches("pending", 1));  // its first slice is in
    slow.program->signal(SIGKILL);
    const auto appended = append.wait();
    CAPTURE(appended.err);
    CHECK((appended.exit_code == 8 || appended.exit_code == 0));
    const auto before = slow.count("pending");
    if (appended.exit_code == 0) CHECK(before == 20'000);

    const auto again = slow.ask({"run", "n.jsonl", "-o", "d", "--limit", "0"});
    CAPTURE(again.err);
    CHECK(again.exit_code == 0);
    CHECK(slow.count("pending") == 20'000);
}

TEST_CASE(
    "lines that come as the run ends are run, or their command says that they were not taken") {
    int taken = 0;
    for (int round = 0; round < 12; ++round) {
        Slow slow(chat_lines(1));
        slow.folder.file("n.jsonl", line_for("new"));
        slow.reply = [round](const Seen&) {
            // The moments at which the command knocks are spread over those of the end.
            std::this_thread::sleep_for(std::chrono::milliseconds(2 * round));
            return chat_reply();
        };
        slow.go.release(1000);
        Program append(slow.folder.path(), {"run", "--append", "n.jsonl", "-o", "d"},
                       pointing_at(slow.server.base_url()));
        const auto ended = slow.program->wait();
        const auto appended = append.wait();
        CAPTURE(appended.err);
        CHECK(ended.exit_code == 0);
        CHECK((appended.exit_code == 0 || appended.exit_code == 8));
        const auto states = states_in(slow.folder.path() / "d/ledger.jsonl");
        CHECK(states.count("new") == (appended.exit_code == 0 ? 1 : 0));
        taken += appended.exit_code == 0 ? 1 : 0;
    }
    MESSAGE(taken << " of 12 were taken");
}

TEST_CASE("with nobody there, --append is a run like any other") {
    const ScratchFolder folder;
    folder.file("m.jsonl", chat_lines(2));
    const auto ended = run(folder.path(), {"run", "--append", "m.jsonl", "-o", "d", "--sandbox"});
    CAPTURE(ended.err);
    CHECK(ended.exit_code == 0);
    CHECK(states_in(folder.path() / "d/ledger.jsonl").size() == 2);
    CHECK(run(folder.path(), {"run", "--append", "-o", "d", "--sandbox"}).exit_code == 2);
}
