// What a newcomer types, and what is said to it.

#include "tests/e2e/gateway.hpp"

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <filesystem>

using namespace nightshift::test;
using nlohmann::json;

namespace {

namespace fs = std::filesystem;

bool holds(const std::string& text, const std::string& part) {
    return text.find(part) != std::string::npos;
}

const std::string mixed_lines = R"({"id":"a","model":"gpt-5.4","prompt":"p","tags":["video","x"]})"
                                "\n"
                                R"({"id":"b","model":"gpt-5.4","prompt":"q"})"
                                "\n"
                                R"({"id":"c","model":"claude-sonnet-4-6","prompt":"r"})"
                                "\n";

struct OneRun {
    OneRun() {
        folder.file("m.jsonl", mixed_lines);
        environment = pointing_at(server.base_url());
        ended = run(folder.path(), {"run", "m.jsonl", "--only", "model=gpt-*"}, environment);
    }
    Ended in(std::vector<std::string> arguments) const {
        return run(folder.path(), std::move(arguments), environment);
    }

    ScratchFolder folder;
    ReplayServer server{[](const Seen&) { return chat_reply(); }};
    std::map<std::string, std::string> environment;
    Ended ended;
};

}  // namespace

TEST_CASE_FIXTURE(OneRun, "selector values that no task has are exit 2 with the nearest one") {
    struct Row {
        std::vector<std::string> arguments;
        std::string said;
    };
    for (const auto& row : std::vector<Row>{
             {{"run", "-o", "m.run", "--only", "tag=vidoe"},
              "the tag \"vidoe\"; did you mean \"video\"?"},
             {{"run", "-o", "m.run", "--only", "model=gtp-5.4"}, "did you mean \"gpt-5.4\"?"},
             {{"run", "-o", "m.run", "--only", "endpoint=message"}, "did you mean \"messages\"?"},
             {{"cancel", "m.run", "--tag", "nosuch", "--yes"}, "no task in m.run has the tag"},
             {{"retry", "m.run", "--flag", "trunc", "--yes"}, "did you mean \"truncated\"?"},
             {{"retry", "m.run", "--kind", "timout", "--yes"}, "did you mean \"timeout\"?"},
             {{"retry", "m.run", "--id", "aa", "--yes"}, "the id \"aa\"; did you mean \"a\"?"},
             {{"ls", "m.run", "--tag", "vidoe"}, "did you mean \"video\"?"}}) {
        const auto refused = in(row.arguments);
        CAPTURE(refused.err);
        CHECK(refused.exit_code == 2);
        CHECK(holds(refused.err, row.said));
    }
    CHECK(server.seen().size() == 2);
}

TEST_CASE_FIXTURE(OneRun, "valid selectors that meet nothing are exit 0 and a plain line") {
    for (const auto& arguments :
         std::vector<std::vector<std::string>>{{"retry", "m.run", "--flag", "truncated", "--yes"},
                                               {"retry", "m.run", "--failed", "--yes"},
                                               {"cancel", "m.run", "--id", "a", "--yes"}}) {
        const auto nothing = in(arguments);
        CAPTURE(nothing.err);
        CHECK(nothing.exit_code == 0);
        CHECK(holds(nothing.err, "nothing to do: "));
    }
    const auto again = in({"run", "-o", "m.run", "--only", "tag=x"});
    CHECK(again.exit_code == 0);
    CHECK(holds(again.err, "Nothing to do: "));
}

TEST_CASE_FIXTURE(OneRun, "a run of a part says how many tasks remain") {
    CHECK(ended.exit_code == 0);
    CHECK(holds(ended.err, "left     1 unsent task was not part of this run"));
    const auto rest = in({"run", "-o", "m.run"});
    CHECK_FALSE(holds(rest.err, "not part of this run"));
}

TEST_CASE_FIXTURE(OneRun, "ls lists tasks by selectors, for people and for programs") {
    const auto all = in({"ls", "m.run"});
    CHECK(holds(all.out, "succeeded  a  gpt-5.4"));
    CHECK(holds(all.out, "pending    c  claude-sonnet-4-6"));
    const auto lines = in({"ls", "m.run", "--state", "succeeded", "--tag", "x", "--json"});
    const auto line = json::parse(lines.out);  // one
    CHECK(line["id"] == "a");
    CHECK(line["schema"] == 1);
    CHECK(line["attempts"] == 1);
    CHECK(in({"ls", "m.run", "--state", "done"}).exit_code == 2);
}

TEST_CASE("run --dry-run says where and what, and changes nothing") {
    const ScratchFolder folder;
    folder.file("m.jsonl", chat_lines(3));
    folder.file("nightshift.toml", "[price.\"*\"]\nper_task = 1.0\n");
    ReplayServer server([](const Seen&) { return chat_reply(); });
    const auto environment = pointing_at(server.base_url());
    auto dry = [&](std::vector<std::string> more) {
        std::vector<std::string> arguments = {"run", "m.jsonl", "--dry-run", "--json"};
        arguments.insert(arguments.end(), more.begin(), more.end());
        const auto ended = run(folder.path(), arguments, environment);
        CAPTURE(ended.err);
        REQUIRE(holds(ended.out, "{"));
        auto result = json::parse(ended.out);
        result["code"] = ended.exit_code;
        return result;
    };
    auto first = dry({});
    CHECK(first["code"] == 0);
    CHECK(first["gateway"] == server.base_url());
    CHECK(first["dir"] == "m.run");
    CHECK(first["new_dir"] == true);
    CHECK(first["new"] == 3);
    CHECK(first["cost"] == 3.0);
    CHECK(dry({"--budget", "2"})["code"] == 6);
    CHECK_FALSE(fs::exists(folder.path() / "m.run"));
    REQUIRE(run(folder.path(), {"run", "m.jsonl", "--limit", "1"}, environment).exit_code == 0);
    const auto later = dry({});
    CHECK(later["known"] == 3);
    CHECK(later["to_send"] == 2);
    CHECK(dry({"--sandbox"})["gateway"] == "sandbox");
    CHECK(server.seen().size() == 1);
}

TEST_CASE("init writes a manifest and a configuration that check takes, and never over a file") {
    const ScratchFolder folder;
    const auto made = run(folder.path(), {"init", "first"});
    CHECK(made.exit_code == 0);
    const auto checked = run(folder.path(), {"check", "first/night.jsonl"});
    CAPTURE(checked.out);
    CHECK(checked.exit_code == 0);
    CHECK(holds(checked.out, " 0 problems, 0 warnings"));
    const auto again = run(folder.path(), {"init", "first"});
    CHECK(again.exit_code == 2);
    CHECK(holds(again.err, "is there already"));
}

TEST_CASE("run --json says on stdout why nothing was sent") {
    const ScratchFolder folder;
    folder.file("m.jsonl", "{\"id\":\"a\",\"model\":\"gpt-5.4\",\"promt\":\"p\"}\n");
    for (const auto& flag :
         std::vector<std::vector<std::string>>{{"--json"}, {"--progress", "json"}}) {
        std::vector<std::string> arguments = {"run", "m.jsonl", "--sandbox"};
        arguments.insert(arguments.end(), flag.begin(), flag.end());
        const auto refused = run(folder.path(), arguments);
        CHECK(refused.exit_code == 2);
        const auto last =
            refused.out.substr(refused.out.rfind('{', refused.out.rfind("\"error\"")));
        const auto error = json::parse(last);
        CHECK(error["type"] == "error");
        CHECK(error["exit_code"] == 2);
        REQUIRE(error["problems"].size() >= 1);
        CHECK(error["problems"][0]["line"] == 1);
    }
}

TEST_CASE("a budget without a price is found before anything is read") {
    const ScratchFolder folder;
    const auto refused = run(folder.path(), {"run", "-", "--sandbox", "--budget", "1"});
    CHECK(refused.exit_code == 2);
    CHECK(holds(refused.err, "--budget needs a price"));
    CHECK_FALSE(fs::exists(folder.path() / "stdin.sandbox.run"));
}

TEST_CASE("what shapes the sandbox never goes to a real gateway") {
    const ScratchFolder folder;
    folder.file("m.jsonl", chat_lines(1));
    folder.file("f.toml", "[[rule]]\nstatus = 503\n");
    ReplayServer server([](const Seen&) { return chat_reply(); });
    for (const auto& flag : std::vector<std::vector<std::string>>{{"--sandbox-faults", "f.toml"},
                                                                  {"--sandbox-limits", "f.toml"},
                                                                  {"--sandbox-speed", "4"}}) {
        std::vector<std::string> arguments = {"run", "m.jsonl"};
        arguments.insert(arguments.end(), flag.begin(), flag.end());
        const auto refused = run(folder.path(), arguments, pointing_at(server.base_url()));
        CHECK(refused.exit_code == 2);
        CHECK(holds(refused.err, flag[0] + " is only for sandbox runs"));
    }
    CHECK(server.seen().empty());
}

TEST_CASE("check --budget protects: exit 6 when the estimate exceeds it") {
    const ScratchFolder folder;
    folder.file("m.jsonl", chat_lines(3));
    folder.file("nightshift.toml", "[price.\"*\"]\nper_task = 0.01\n");
    CHECK(run(folder.path(), {"check", "m.jsonl", "--budget", "0.01"}).exit_code == 6);
    CHECK(run(folder.path(), {"check", "m.jsonl", "--budget", "0.03"}).exit_code == 0);
    CHECK(run(folder.path(), {"check", "m.jsonl"}).exit_code == 0);
    folder.file("bad.jsonl", "{}\n");
    CHECK(run(folder.path(), {"check", "m.jsonl", "bad.jsonl", "--budget", "0.01"}).exit_code == 2);
}

TEST_CASE("flags before the command count, and durations are taken as people write them") {
    const ScratchFolder folder;
    folder.file("m.jsonl", chat_lines(1));
    CHECK(holds(run(folder.path(), {"-V"}).out, "nightshift "));
    CHECK(run(folder.path(), {"--json", "check", "m.jsonl"}).out.front() == '{');
    CHECK(run(folder.path(), {"-q", "check", "m.jsonl"}).out.empty());
    CHECK(run(folder.path(), {"run", "m.jsonl", "--sandbox", "--max-duration", "8h", "--deadline",
                              "1h30m", "--poll-interval", "500ms", "--timeout", "videos=2m"})
              .exit_code == 0);
    const auto refused =
        run(folder.path(), {"run", "m.jsonl", "--sandbox", "--max-duration", "8x"});
    CHECK(refused.exit_code == 2);
    CHECK(holds(refused.err, "\"8x\" is not a duration such as 90s, 30m, 8h or 1h30m"));
    const auto money = run(folder.path(), {"run", "m.jsonl", "--sandbox", "--budget", "$20"});
    CHECK(holds(money.err, "\"$20\" is not a number"));
}

TEST_CASE("a key on the command line is not repeated, and the right way is said") {
    const ScratchFolder folder;
    const auto refused = run(folder.path(), {"models", "--api-key", "sk-secret-canary"});
    CHECK(refused.exit_code == 2);
    CHECK_FALSE(holds(refused.err + refused.out, "canary"));
    CHECK(holds(refused.err, "--api-key-file"));
}

TEST_CASE("a file that is no JSONL is told once, and alike problems are counted") {
    const ScratchFolder folder;
    std::string rows = "id,model,prompt\n", bad;
    for (int i = 0; i < 5000; ++i) rows += std::to_string(i) + ",gpt-5.4,hello\n";
    for (int i = 0; i < 50; ++i) bad += "{\"id\":\"a\",\"model\":\"gpt-5.4\",\"promt\":\"p\"}\n";
    folder.file("rows.csv", rows);
    folder.file("bad.jsonl", bad);
    const auto csv = run(folder.path(), {"check", "rows.csv"});
    CHECK(csv.exit_code == 2);
    CHECK(holds(csv.out, "this looks like CSV, not JSONL"));
    CHECK(holds(csv.out, "0 tasks, 0 duplicates, 1 problem, 0 warnings"));
    const auto alike = run(folder.path(), {"check", "bad.jsonl"});
    CHECK(holds(alike.out, "... and 47 lines like it: "));
    CHECK(std::count(alike.out.begin(), alike.out.end(), '\n') < 15);
}

TEST_CASE("a model that no rule knows is a warning that names the endpoints it could mean") {
    const ScratchFolder folder;
    folder.file(
        "m.jsonl",
        "{\"id\":\"a\",\"model\":\"sora-2\",\"prompt\":\"p\"}\n"
        "{\"id\":\"b\",\"model\":\"sora-2\",\"prompt\":\"q\"}\n"
        "{\"id\":\"c\",\"model\":\"dall-e-3\",\"prompt\":\"p\"}\n"
        "{\"id\":\"d\",\"model\":\"my-own\",\"prompt\":\"p\",\"endpoint\":\"chat_completions\"}\n"
        "{\"id\":\"e\",\"model\":\"gpt-4o\",\"prompt\":\"p\"}\n");
    const auto checked = run(folder.path(), {"check", "m.jsonl"});
    CAPTURE(checked.out);
    CHECK(checked.exit_code == 0);
    CHECK(holds(checked.out, "no rule knows the model \"sora-2\": it goes to chat_completions"));
    CHECK(holds(checked.out, "\"endpoint\": \"videos\" or \"video_generations\""));
    CHECK(holds(checked.out, "\"endpoint\": \"image_generations\""));
    CHECK(holds(checked.out, " 0 problems, 2 warnings"));
}
