// Settings of a running job are changed from another terminal.

#include "tests/e2e/slow_run.hpp"

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include <atomic>

using namespace nightshift::test;
using nlohmann::json;

TEST_CASE("more requests leave at once when the concurrency is raised") {
    Slow slow(chat_lines(20));
    const auto set = slow.ask({"set", "d", "concurrency=4", "max_duration=5000", "--json"});
    CAPTURE(set.err);
    CHECK(json::parse(set.out)["changed"] ==
          json::parse(R"([{"name":"concurrency","before":"1","after":"4"},
                          {"name":"max_duration","before":"none","after":"5000"}])"));
    int in_flight = 0;
    for (int i = 0; i < looks_max && in_flight < 4; ++i) {
        in_flight = json::parse(slow.ask({"pause", "d", "--json"}).out)["in_flight"];
        slow.ask({"resume", "d"});
    }
    CHECK(in_flight == 4);
    CHECK(slow.finish().exit_code == 0);
}

TEST_CASE("of several settings all or none are made") {
    Slow slow(chat_lines(2));
    const auto refused = [&](std::vector<std::string> settings, const std::string& why) {
        settings.insert(settings.begin(), {"set", "d"});
        const auto ended = slow.ask(settings);
        CAPTURE(ended.err);
        CHECK(ended.exit_code == 2);
        CHECK(holds(ended.err, why));
    };
    refused({"concurrency=9", "limit.nothing.concurrency=2"}, "no lane of this run is called");
    refused({"concurrency=9", "budget=5"}, "[price.\"gpt-5.4\"]");
    refused({"concurrency=0"}, "\"concurrency\" must be an integer from 1 to 100000");
    refused({"concurency=3"}, "did you mean \"concurrency\"?");
    refused({"concurrency=3", "concurrency=4"}, "given twice");
    refused({"limit.gpt-5.4.speed=4"}, "not of the form limit.MATCH.FIELD");
    const auto set = slow.ask({"set", "d", "concurrency=2", "limit.gpt-5.4.concurrency=7",
                               "limit.gpt-5.4.requests_per_minute=60000"});
    CHECK(set.err ==
          "concurrency: 2, was 1\nlimit.gpt-5.4.concurrency: 7, was none\n"
          "limit.gpt-5.4.requests_per_minute: 60000, was none\n");
    const auto burst =
        slow.ask({"set", "d", "limit.gpt-5.4.burst=5", "limit.gpt-5.4.remote_tasks=3"});
    CHECK(burst.err ==
          "limit.gpt-5.4.burst: 5, was none\nlimit.gpt-5.4.remote_tasks: 3, was none\n");
    CHECK(slow.finish().exit_code == 0);
}

TEST_CASE("a run that stopped at its budget and still polls sends again when it is raised") {
    const ScratchFolder folder;
    folder.file("nightshift.toml",
                "[run]\nbudget = 2\n[price.\"happyhorse-1.0-t2v\"]\nper_task = "
                "1\n[price.\"gpt-5.4\"]\nper_task = 0.5\n"
                "[price.\"GLM-5.1\"]\nper_task = 2\n");
    folder.file("m.jsonl", R"({"id":"v","model":"happyhorse-1.0-t2v","prompt":"p","priority":9})"
                           "\n" +
                               line_for("cheap") + line_for("dear", "GLM-5.1"));
    std::atomic<bool> done = false;
    std::string base_url;
    ReplayServer server([&](const Seen& request) {
        const auto of = [](const std::string& body) {
            return Canned{200, {{"Content-Type", "application/json"}}, body};
        };
        if (request.target.find("/results/") == 0) {
            return Canned{200,
                          {{"Content-Type", "video/mp4"}},
                          std::string("\0\0\0\x18"
                                      "ftypisom\0\0\x02\0isomiso2\0\0\0\x08mdat",
                                      32)};
        }
        if (request.target.find("chat") != std::string::npos) return chat_reply();
        if (request.method == "POST") return of(R"({"id":"task_1","status":"queued"})");
        if (!done) return of(R"({"id":"task_1","status":"in_progress"})");
        return of(R"({"id":"task_1","status":"completed","metadata":{"url":")" + base_url +
                  R"(/results/x.mp4"}})");
    });
    base_url = server.base_url();
    Program program(folder.path(), {"run", "m.jsonl", "-o", "d", "--poll-interval", "0.05"},
                    pointing_at(base_url));
    for (int i = 0; i < looks_max && !holds(program.err_so_far(), "nothing more is sent"); ++i) {
        run(folder.path(), {"status", "d"});
    }
    REQUIRE(holds(program.err_so_far(), "nothing more is sent"));
    const auto closed = run(folder.path(), {"pause", "d"});
    CHECK(closed.exit_code == 8);
    CHECK(holds(closed.err, "the run is stopping"));

    const auto set = run(folder.path(), {"set", "d", "budget=10"});
    CHECK(set.err == "budget: 10, was 2\n");
    for (int i = 0; i < looks_max; ++i) {
        const auto status = run(folder.path(), {"status", "d", "--json"});
        if (json::parse(status.out)["counts"]["succeeded"] == 2) break;
    }
    done = true;
    const auto ended = program.wait();
    CAPTURE(ended.err);
    CHECK(ended.exit_code == 0);
    CHECK(states_in(folder.path() / "d/ledger.jsonl").size() == 3);
}
