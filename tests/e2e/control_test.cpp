// A running job is changed from another terminal.

#include "control/client.hpp"
#include "tests/e2e/gateway.hpp"

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <atomic>
#include <csignal>
#include <functional>
#include <optional>
#include <semaphore>
#include <thread>

using namespace nightshift::test;
using nlohmann::json;
namespace fs = std::filesystem;

namespace {

constexpr int looks_max = 400;  // of something that comes about, each a process of its own

bool holds(const std::string& text, const std::string& part) {
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
    json lanes() {
        const auto told =
            nightshift::control::ask(folder.path() / "d/.nightshift",
                                     {.command = "status", .arguments = json::object()}, 30);
        return told.answer.result.value("lanes", json::array());
    }
    std::int64_t count(const std::string& state) {
        return json::parse(ask({"status", "d", "--json"}).out)["counts"][state];
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

std::map<std::string, std::string> states_in(const fs::path& ledger) {
    std::map<std::string, std::string> states;
    for (const auto& line : read_jsonl(ledger)) states[line["id"]] = line["state"];
    return states;
}

std::string line_for(const std::string& id, const std::string& model = "gpt-5.4") {
    return R"({"id":")" + id + R"(","model":")" + model + R"(","prompt":"x"})" + "\n";
}

}  // namespace

TEST_CASE("a paused run sends nothing until it is resumed, and says so") {
    Slow slow(chat_lines(5));
    const auto paused = slow.ask({"pause", "d"});
    CAPTURE(paused.err);
    CHECK(paused.exit_code == 0);
    CHECK(holds(paused.err, "paused: 1 lane sends nothing more; 1 request had left and goes on"));
    slow.go.release(1000);
    REQUIRE(slow.reaches("succeeded", 1));
    const auto status = slow.ask({"status", "d"});
    CHECK(holds(status.out, "paused by you since 20"));
    CHECK(slow.count("pending") == 4);
    CHECK(slow.posts() == 1);

    const auto resumed = slow.ask({"resume", "d", "--json"});
    CHECK(json::parse(resumed.out) == json{{"schema", 1}, {"lanes", 1}, {"in_flight", 0}});
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
    CHECK(holds(replace.err, "not possible while a run goes on"));
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
    CHECK(holds(appended.err, "1 task added, 0 already known, 1 bad lines left out"));
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

TEST_CASE("with nobody there, --append is a run like any other") {
    const ScratchFolder folder;
    folder.file("m.jsonl", chat_lines(2));
    const auto ended = run(folder.path(), {"run", "--append", "m.jsonl", "-o", "d", "--sandbox"});
    CAPTURE(ended.err);
    CHECK(ended.exit_code == 0);
    CHECK(states_in(folder.path() / "d/ledger.jsonl").size() == 2);
    CHECK(run(folder.path(), {"run", "--append", "-o", "d", "--sandbox"}).exit_code == 2);
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
