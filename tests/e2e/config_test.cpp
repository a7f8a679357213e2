// nightshift.toml beside the manifest, and flags over it.

#include "tests/e2e/gateway.hpp"

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

using namespace nightshift::test;

TEST_CASE("the configuration beside the manifest is read, flags go over it, prices become cost") {
    const ScratchFolder folder;
    folder.file("m.jsonl", chat_lines(1));
    folder.file("nightshift.toml",
                "[run]\nmax_attempts = 2\nretry_base = 0.01\n"
                "[price.\"gpt-*\"]\ninput_per_mtok = 1000000\noutput_per_mtok = 2000000\n");
    int given = 0;
    ReplayServer server([&](const Seen&) {
        return given++ < 2 ? error_reply(500, "get_channel_failed", "new_api_error") : chat_reply();
    });
    const auto environment = pointing_at(server.base_url());
    CHECK(run(folder.path(), {"run", "m.jsonl", "-o", "a"}, environment).exit_code == 1);
    CHECK(server.seen().size() == 2);

    given = 0;
    CHECK(run(folder.path(), {"run", "m.jsonl", "-o", "b", "--max-attempts", "3"}, environment)
              .exit_code == 0);
    const auto line = read_jsonl(folder.path() / "b/ledger.jsonl").front();
    CHECK(line["cost"].get<double>() == doctest::Approx(3 * 1 + 4 * 2));
}

TEST_CASE("a file beside a manifest can set neither key nor base URL") {
    const ScratchFolder folder;
    folder.file("m.jsonl", chat_lines(1));
    folder.file("nightshift.toml", "[run]\nbase_url = \"https://stranger.example\"\n");
    const auto ended = run(folder.path(), {"run", "m.jsonl"}, pointing_at("http://127.0.0.1:1"));
    CHECK(ended.exit_code == 2);
    CHECK(ended.err.find("nightshift.toml:2") != std::string::npos);
}

TEST_CASE("what a flag turns on a file can turn on, too, and the flag goes over it") {
    const ScratchFolder folder;
    folder.file("m.jsonl", chat_lines(1));
    folder.file("nightshift.toml", "[run]\nstream = true\ntext_files = true\n");
    ReplayServer server([](const Seen&) { return chat_reply(); });
    const auto environment = pointing_at(server.base_url());
    CHECK(run(folder.path(), {"run", "m.jsonl", "-o", "a"}, environment).exit_code == 0);
    CHECK(read_jsonl(folder.path() / "a/ledger.jsonl").front()["outputs"].size() == 1);
    CHECK(run(folder.path(), {"run", "m.jsonl", "-o", "b", "--stream=false"}, environment)
              .exit_code == 0);
    REQUIRE(server.seen().size() == 2);
    CHECK(server.seen()[0].body.find(R"("stream":true)") != std::string::npos);
    CHECK(server.seen()[1].body.find("stream") == std::string::npos);
}

TEST_CASE("every flag has its twin in the environment, and the flag goes over it") {
    const ScratchFolder folder;
    folder.file("m.jsonl", chat_lines(4));
    ReplayServer server([](const Seen&) { return chat_reply(); });
    auto environment = pointing_at(server.base_url());
    environment["NIGHTSHIFT_LIMIT"] = "1";
    environment["NIGHTSHIFT_PROGRESS"] = "none";
    CHECK(run(folder.path(), {"run", "m.jsonl"}, environment).exit_code == 0);
    CHECK(server.seen().size() == 1);
    CHECK(run(folder.path(), {"run", "m.jsonl", "--limit", "2"}, environment).exit_code == 0);
    CHECK(server.seen().size() == 3);
}

TEST_CASE("what is told of a run is set by the flag, then the environment, then the file") {
    const ScratchFolder folder;
    folder.file("m.jsonl", chat_lines(1));
    folder.file("night.toml",
                "[run]\nmetrics_file = \"file.prom\"\nlog_file = \"file.log\"\n"
                "log_format = \"json\"\non_done = \"touch file.done\"\n");
    ReplayServer server([](const Seen&) { return chat_reply(); });
    auto environment = pointing_at(server.base_url());
    auto run_as = [&](const std::string& dir, std::vector<std::string> more) {
        more.insert(more.begin(), {"run", "m.jsonl", "-o", dir, "--config", "night.toml"});
        const auto ended = run(folder.path(), more, environment);
        CAPTURE(ended.err);
        CHECK(ended.exit_code == 0);
    };
    auto is_there = [&](const std::string& stem) {
        std::string found;
        for (const auto* ending : {"prom", "log", "done"}) {
            const bool there = std::filesystem::exists(folder.path() / (stem + "." + ending));
            found += there ? std::string(" ") + ending : "";
        }
        return found;
    };
    run_as("a", {"--metrics-file", "flag.prom", "--log-file", "flag.log", "--log-format", "text",
                 "--on-done", "touch flag.done"});
    CHECK(is_there("flag") == " prom log done");
    CHECK(is_there("file") == "");
    CHECK(read_file(folder.path() / "flag.log").front() != '{');
    run_as("b", {});
    CHECK(is_there("file") == " prom log done");
    CHECK(read_file(folder.path() / "file.log").front() == '{');
    environment["NIGHTSHIFT_METRICS_FILE"] = "twin.prom";
    environment["NIGHTSHIFT_LOG_FILE"] = "twin.log";
    environment["NIGHTSHIFT_LOG_FORMAT"] = "text";
    environment["NIGHTSHIFT_ON_DONE"] = "touch twin.done";
    run_as("c", {});
    CHECK(is_there("twin") == " prom log done");
    CHECK(read_file(folder.path() / "twin.log").front() != '{');
}

TEST_CASE("a file that was only found beside a manifest runs no command and writes nowhere else") {
    for (const std::string key : {"on_done", "metrics_file", "log_file"}) {
        CAPTURE(key);
        const ScratchFolder folder;
        folder.file("m.jsonl", chat_lines(1));
        folder.file("nightshift.toml", "[run]\n" + key + " = \"touch x\"\n");
        ReplayServer server([](const Seen&) { return chat_reply(); });
        const auto ended = run(folder.path(), {"run", "m.jsonl"}, pointing_at(server.base_url()));
        CAPTURE(ended.err);
        CHECK(ended.exit_code == 2);
        CHECK(ended.err.find("\"" + key + "\" is only taken from a file that the command names") !=
              std::string::npos);
        CHECK(ended.err.find("--config nightshift.toml") != std::string::npos);
        CHECK(server.seen().empty());
        CHECK(!std::filesystem::exists(folder.path() / "m.run"));
        CHECK(run(folder.path(), {"check", "m.jsonl"}).exit_code == 2);  // as a run would
    }
}

TEST_CASE("NIGHTSHIFT_API_KEY_FILE names the file of the key, and goes before the key itself") {
    const ScratchFolder folder;
    folder.file("m.jsonl", chat_lines(1));
    folder.file("key", "  sk-sandbox-from-file\n");
    ReplayServer server([](const Seen&) { return chat_reply(); });
    std::map<std::string, std::string> environment = {{"NIGHTSHIFT_BASE_URL", server.base_url()},
                                                      {"NIGHTSHIFT_API_KEY_FILE", "key"}};
    CHECK(run(folder.path(), {"run", "m.jsonl", "-o", "a"}, environment).exit_code == 0);
    environment["NIGHTSHIFT_API_KEY"] = canary_key;
    CHECK(run(folder.path(), {"run", "m.jsonl", "-o", "b"}, environment).exit_code == 0);
    folder.file("other", "sk-sandbox-of-flag");
    CHECK(run(folder.path(), {"run", "m.jsonl", "-o", "c", "--api-key-file", "other"}, environment)
              .exit_code == 0);
    const auto seen = server.seen();
    REQUIRE(seen.size() == 3);
    CHECK(seen[0].headers.at("authorization") == "Bearer sk-sandbox-from-file");
    CHECK(seen[1].headers.at("authorization") == "Bearer sk-sandbox-from-file");
    CHECK(seen[2].headers.at("authorization") == "Bearer sk-sandbox-of-flag");
    environment["NIGHTSHIFT_API_KEY_FILE"] = "nowhere";
    const auto refused = run(folder.path(), {"run", "m.jsonl", "-o", "d"}, environment);
    CHECK(refused.exit_code == 2);
    CHECK(refused.err.find("--api-key-file: cannot open nowhere") != std::string::npos);
}

TEST_CASE("--stream asks short text lines for a stream and reads it to its proof") {
    const ScratchFolder folder;
    folder.file("m.jsonl",
                "{\"id\":\"a\",\"model\":\"gpt-5.4\",\"prompt\":\"p\"}\n"
                "{\"id\":\"b\",\"model\":\"claude-sonnet-4-6\",\"prompt\":\"p\"}\n"
                "{\"id\":\"c\",\"model\":\"gemini-3.5-flash\",\"prompt\":\"p\"}\n");
    const auto ended = run(folder.path(), {"run", "m.jsonl", "--sandbox", "--stream"});
    CAPTURE(ended.err);
    CHECK(ended.exit_code == 0);
    for (const auto& line : read_jsonl(folder.path() / "m.sandbox.run/ledger.jsonl")) {
        CHECK(line["text"].get<std::string>().size() > 5);
        const auto id = line["id"].get<std::string>();
        const auto shown = run(folder.path(), {"show", "m.sandbox.run", id, "--json"});
        CHECK(nlohmann::json::parse(shown.out)["stream"] == true);
    }
}
