// retry and cancel beside a running job.

#include "tests/e2e/slow_run.hpp"

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <atomic>

using namespace nightshift::test;
using nlohmann::json;

TEST_CASE("a video whose result could not be had is polled again beside the run, not paid again") {
    const ScratchFolder folder;
    folder.file("m.jsonl", R"({"id":"a","model":"happyhorse-1.0-t2v","prompt":"first"})"
                           "\n"
                           R"({"id":"b","model":"happyhorse-1.0-t2v","prompt":"second"})"
                           "\n");
    std::atomic<bool> good = false, done = false;
    std::string base_url;
    ReplayServer server([&](const Seen& request) {
        const auto of = [](const std::string& body) {
            return Canned{200, {{"Content-Type", "application/json"}}, body};
        };
        if (request.method == "POST") {
            const bool first = holds(request.body, "first");
            return of(first ? R"({"id":"task_a","status":"queued"})"
                            : R"({"id":"task_b","status":"queued"})");
        }
        if (request.target.find("/results/") == 0) {
            return Canned{200,
                          {{"Content-Type", "video/mp4"}},
                          std::string("\0\0\0\x18"
                                      "ftypisom\0\0\x02\0isomiso2\0\0\0\x08mdat",
                                      32)};
        }
        if (holds(request.target, "/content")) return Canned{404, {}, ""};  // no copy either
        if (!done && holds(request.target, "task_b")) {
            return of(R"({"id":"task_b","status":"in_progress"})");
        }
        const auto link = good ? base_url + "/results/x.mp4" : "file:///etc/passwd";
        return of(R"({"status":"completed","metadata":{"url":")" + link + R"("}})");
    });
    base_url = server.base_url();
    Program program(folder.path(), {"run", "m.jsonl", "-o", "d", "--poll-interval", "0.05"},
                    pointing_at(base_url));
    const auto count = [&](const char* state) {
        const auto status = run(folder.path(), {"status", "d", "--json"});
        const auto parsed = json::parse(status.out, nullptr, false);
        return parsed.is_object() ? parsed["counts"][state].get<int>() : 0;
    };
    for (int i = 0; i < looks_max && count("failed") == 0; ++i) {
    }
    REQUIRE(count("failed") == 1);
    good = true;
    const auto retried = run(folder.path(), {"retry", "d", "--failed", "--yes"});
    CAPTURE(retried.err);
    CHECK(retried.exit_code == 0);
    done = true;
    const auto ended = program.wait();
    CAPTURE(ended.err);
    CHECK(ended.exit_code == 0);
    const auto seen = server.seen();
    CHECK(std::count_if(seen.begin(), seen.end(),
                        [](const Seen& each) { return each.method == "POST"; }) == 2);
    CHECK(states_in(folder.path() / "d/ledger.jsonl") ==
          std::map<std::string, std::string>{{"a", "succeeded"}, {"b", "succeeded"}});
}

TEST_CASE("what was not sent is cancelled beside the run; what is in flight goes on") {
    Slow slow(chat_lines(5), {"-j", "1", "--progress", "json"});
    const auto asked = slow.ask({"cancel", "d"});
    CHECK(asked.exit_code == 2);
    CHECK(holds(asked.err, "4 unsent tasks will be dropped."));
    CHECK(slow.ask({"cancel", "d", "--id", "t4", "--yes"}).err.find("1 task cancelled") == 0);
    const auto cancelled = slow.ask({"cancel", "d", "--yes"});
    CAPTURE(cancelled.err);
    CHECK(cancelled.exit_code == 0);
    CHECK(holds(cancelled.err, "1 accepted or sent task cannot be cancelled"));
    CHECK(holds(cancelled.err, "3 tasks cancelled"));
    CHECK(slow.lanes()[0]["cancelled"] == 4);
    const auto ended = slow.finish();
    CHECK(ended.exit_code == 0);
    CHECK(slow.posts() == 1);
    std::size_t told = 0;
    for (auto at = ended.out.find(R"("state":"cancelled")"); at != std::string::npos;
         at = ended.out.find(R"("state":"cancelled")", at + 1)) {
        ++told;
    }
    CHECK(told == 4);
    const auto states = states_in(slow.folder.path() / "d/ledger.jsonl");
    CHECK(states.at("t0") == "succeeded");
    CHECK(std::count_if(states.begin(), states.end(),
                        [](auto& each) { return each.second == "cancelled"; }) == 4);
    CHECK(run(slow.folder.path(), {"verify", "d"}).exit_code == 0);
}

TEST_CASE("a failed task is sent again beside the run, even if the run was not to do it") {
    Slow slow(chat_lines(3), {"-j", "1", "--limit", "2"});
    std::atomic<int> given = 0;
    slow.reply = [&given](const Seen&) {
        return given++ == 0 ? error_reply(400, "", "invalid_request_error") : chat_reply();
    };
    CHECK(slow.finish().exit_code == 1);
    while (slow.go.try_acquire()) {
    }
    while (slow.asked.try_acquire()) {
    }
    slow.program.emplace(slow.folder.path(),
                         std::vector<std::string>{"run", "-o", "d", "-j", "1", "--limit", "1"},
                         pointing_at(slow.server.base_url()));
    slow.asked.acquire();
    const auto retried = slow.ask({"retry", "d", "--failed", "--yes", "--json"});
    CAPTURE(retried.err);
    const auto told = json::parse(retried.out);
    CHECK(told["requeued"] == 1);
    CHECK(told["ids"] == json::array({"t0"}));
    const auto ended = slow.finish();
    CAPTURE(ended.err);
    CHECK(ended.exit_code == 0);
    CHECK(slow.posts() == 4);
    CHECK(states_in(slow.folder.path() / "d/ledger.jsonl") ==
          std::map<std::string, std::string>{
              {"t0", "succeeded"}, {"t1", "succeeded"}, {"t2", "succeeded"}});
}
