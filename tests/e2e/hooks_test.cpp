// --on-done, --metrics-file, --log-file and --log-format.

#include "tests/e2e/gateway.hpp"

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

using namespace nightshift::test;
using nlohmann::json;

namespace {

// Three texts, of which t1 fails.
struct OneFails {
    OneFails()
        : server([](const Seen& request) {
              const bool bad = request.body.find("p1") != std::string::npos;
              return bad ? error_reply(400, "", "invalid_request_error") : chat_reply();
          }) {
        folder.file("m.jsonl", chat_lines(3));
    }
    Ended run_with(std::vector<std::string> more) {
        more.insert(more.begin(), {"run", "m.jsonl"});
        return run(folder.path(), more, pointing_at(server.base_url()));
    }

    ScratchFolder folder;
    ReplayServer server;
};

bool holds(const std::string& text, const std::string& part) {
    return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE_FIXTURE(OneFails, "--on-done runs after the summary, knows the counts, and not the key") {
    const auto ended = run_with({"--json", "--on-done", "env >done.env; echo said"});
    CHECK(ended.exit_code == 1);
    const auto environment = read_file(folder.path() / "done.env");
    for (const auto* entry :
         {"NIGHTSHIFT_DONE_DIR=m.run\n", "NIGHTSHIFT_DONE_EXIT_CODE=1\n",
          "NIGHTSHIFT_DONE_SUCCEEDED=2\n", "NIGHTSHIFT_DONE_FAILED=1\n", "NIGHTSHIFT_DONE_HELD=0\n",
          "NIGHTSHIFT_DONE_PENDING=0\n", "NIGHTSHIFT_BASE_URL="}) {
        CAPTURE(entry);
        CHECK(holds(environment, entry));
    }
    CHECK(!holds(environment, "API_KEY"));
    CHECK(!holds(environment, canary_key));
    CHECK(holds(ended.err, "said\n"));
    CHECK(ended.err.find("said\n") > ended.err.find("Done in"));
    CHECK(json::parse(ended.out)["exit_code"] == 1);
}

TEST_CASE_FIXTURE(OneFails, "an --on-done that fails is said and changes no exit code") {
    const auto ended = run_with({"--on-done", "exit 3"});
    CHECK(ended.exit_code == 1);
    CHECK(holds(ended.err, "--on-done ended with 3\n"));
}

TEST_CASE_FIXTURE(OneFails, "--metrics-file is whole at the end, without ids") {
    run_with({"--metrics-file", "night.prom"});
    const auto text = read_file(folder.path() / "night.prom");
    const std::string lane = R"({endpoint="chat_completions",)";
    for (const auto& line :
         {"nightshift_tasks" + lane + R"(model="gpt-5.4",state="succeeded"} 2)",
          "nightshift_tasks" + lane + R"(model="gpt-5.4",state="failed"} 1)",
          "nightshift_attempts_total" + lane + R"(outcome="ok"} 2)",
          "nightshift_attempts_total" + lane + R"(outcome="invalid_request"} 1)",
          "nightshift_http_responses_total" + lane + R"(code="400"} 1)",
          std::string(
              R"(nightshift_request_duration_seconds_count{endpoint="chat_completions"} 2)"),
          std::string("nightshift_possible_duplicates_total 0"),
          std::string("nightshift_build_info{version=")}) {
        CAPTURE(line);
        CHECK(holds(text, "\n" + line));
    }
    CHECK(!holds(text, "t1"));
    CHECK(text.ends_with("\n"));
    CHECK(!std::filesystem::exists(folder.path() / "night.prom.part"));
}

TEST_CASE_FIXTURE(OneFails, "--metrics-file counts the bytes of files, commits and second tries") {
    run_with({"--metrics-file", "night.prom", "--text-files"});
    const auto text = read_file(folder.path() / "night.prom");
    const std::string lane = R"({endpoint="chat_completions",model="gpt-5.4"} )";
    std::uintmax_t bytes = 0;
    for (const auto& file : std::filesystem::directory_iterator(folder.path() / "m.run/outputs")) {
        bytes += file.file_size();
    }
    CHECK(bytes > 0);
    CHECK(holds(text, "\nnightshift_output_bytes_total" + lane + std::to_string(bytes) + "\n"));
    CHECK(holds(text, "\nnightshift_retry_tokens" + lane + "100\n"));
    const std::string name = "\nnightshift_commit_duration_seconds_";
    for (const auto* sort : {"count ", "sum "}) {
        const auto at = text.find(name + sort);
        REQUIRE(at != std::string::npos);
        CHECK(std::stod(text.substr(at + name.size() + std::string(sort).size())) > 0);
    }
}

TEST_CASE_FIXTURE(OneFails, "--log-file and --log-format json give one object a line") {
    run_with({"--log-file", "my.log", "--log-format", "json"});
    CHECK(!std::filesystem::exists(folder.path() / "m.run/.nightshift/log"));
    int tasks = 0;
    for (const auto& line : read_jsonl(folder.path() / "my.log")) {
        CHECK(line.contains("time"));
        CHECK(line.contains("message"));
        if (line["event"] != "task") continue;
        ++tasks;
        if (line["id"] != "t1") continue;
        CHECK(line["kind"] == "invalid_request");
        CHECK(line["http_status"] == 400);
    }
    CHECK(tasks == 3);
}
