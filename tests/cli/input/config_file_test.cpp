#include "cli/input/config_file.hpp"

#include "base/failure.hpp"
#include "test_paths.hpp"
#include "tests/manifest/manifest_fixture.hpp"

#include <nlohmann/json.hpp>

#include <string>

using namespace nightshift;
using namespace nightshift::test;

namespace {

std::string problems_of(const std::string& text) {
    std::vector<Problem> problems;
    parse_config(text, "n.toml", endpoint_words(), problems);
    std::string all;
    for (const auto& problem : problems) all += problem.text() + '\n';
    return all;
}

Config config_of(const std::string& text) {
    std::vector<Problem> problems;
    auto config = parse_config(text, "n.toml", endpoint_words(), problems);
    for (const auto& problem : problems) FAIL(problem.text());
    return config;
}

}  // namespace

TEST_CASE("the contract's own example is read") {
    const auto config = config_of(R"(
[run]
concurrency = 64
[[limit]]                    # first match wins; every limit is per key
match = "claude-*"           # model glob, or endpoint = "videos"
requests_per_minute = 500
tokens_per_minute = 400000
concurrency = 50             # requests in flight
remote_tasks = 20            # video tasks accepted and not yet finished
[price."claude-sonnet-4-6"]
input_per_mtok = 3.0
output_per_mtok = 15.0
)");

    CHECK(config.run.concurrency == 64);
    CHECK_FALSE(config.run.max_attempts.has_value());
    REQUIRE(config.limits.size() == 1);
    CHECK(config.limits[0].match == "claude-*");
    CHECK(config.limits[0].requests_per_minute == 500);
    CHECK(config.limits[0].tokens_per_minute == 400000);
    CHECK(config.limits[0].concurrency == 50);
    CHECK(config.limits[0].remote_tasks == 20);
    REQUIRE(config.price_of("claude-sonnet-4-6") != nullptr);
    CHECK(config.price_of("claude-sonnet-4-6")->output_per_mtok == 15);
}

TEST_CASE("every setting of a run can be given") {
    const auto config = config_of(R"(
[run]
max_attempts = 3
retry_base = 0.5
poll_interval = 2
deadline = 3600
max_duration = 7200
budget = 12.5
on_change = "skip"
progress = "plain"
model = "gemini-3.5-flash"
i2v_media_type = "first_frame"
metrics_file = "night.prom"
log_file = "night.log"
log_format = "json"
outputs = "{tag}/{id}"
on_done = "echo done"
stream = true
fail_fast = false
skip_invalid = true
text_files = true
[run.timeout]
audio_speech = 90
[run.resend]
image_generations = "2.5%"
videos = "none"
messages = "all"
)");

    CHECK(config.run.max_attempts == 3);
    CHECK(config.run.retry_base == 0.5);
    CHECK(config.run.poll_interval == 2);
    CHECK(config.run.deadline == 3600);
    CHECK(config.run.max_duration == 7200);
    CHECK(config.run.budget == 12.5);
    CHECK(config.run.on_change == "skip");
    CHECK(config.run.progress == "plain");
    CHECK(config.run.model == "gemini-3.5-flash");
    CHECK(config.run.i2v_media_type == "first_frame");
    CHECK(config.run.metrics_file == "night.prom");
    CHECK(config.run.log_file == "night.log");
    CHECK(config.run.log_format == "json");
    CHECK(config.run.outputs == "{tag}/{id}");
    CHECK(config.run.on_done == "echo done");
    CHECK(config.run.stream == true);
    CHECK(config.run.fail_fast == false);
    CHECK(config.run.skip_invalid == true);
    CHECK(config.run.text_files == true);
    CHECK(config.run.timeout.at("audio_speech") == 90);
    CHECK(config.run.resend.at("image_generations") == "2.5%");
    CHECK(config.run.resend.size() == 3);
}

TEST_CASE("what is wrong is told with line and column") {
    struct Row {
        const char *text, *problem;
    };
    const Row rows[] = {
        {"[run]\nconcurency = 3\n",
         "n.toml:2:1: unknown key \"concurency\" in [run]; did you mean \"concurrency\"?\n"},
        {"[rum]\n", "n.toml:1:2: unknown key \"rum\" in the file; did you mean \"run\"?\n"},
        {"[run]\nconcurrency = \"3\"\n",
         "n.toml:2:15: \"concurrency\" must be an integer from 1 to 100000\n"},
        {"[run]\nconcurrency = 3.5\n",
         "n.toml:2:15: \"concurrency\" must be an integer from 1 to 100000\n"},
        {"[run]\noutputs = \"{tag}\"\n",
         "n.toml:2:11: \"outputs\": its last step has no {id}; write for example "
         "\"{tag}/{id}\"\n"},
        {"[run]\nretry_base = true\n",
         "n.toml:2:14: \"retry_base\" must be a duration from 0 to 3600 seconds; write "
         "seconds, or such as \"90s\", \"30m\", \"8h\"\n"},
        {"[run]\nstream = 1\n", "n.toml:2:10: \"stream\" must be true or false\n"},
        {"[run]\non_change = \"merge\"\n",
         "n.toml:2:13: \"on_change\" must be one of error, skip, replace\n"},
        {"[run.timeout]\nvideo = 3\n",
         "n.toml:2:1: unknown key \"video\" in run.timeout; did you mean \"videos\"?\n"},
        {"[run]\ntimeout = 3\n",
         "n.toml:2:11: \"timeout\" must be a table; write [run.timeout] and a line for each "
         "endpoint\n"},
        {"[run.resend]\nvideos = \"some\"\n",
         "n.toml:2:10: \"videos\" must be \"all\", \"none\" or a share such as \"1%\"\n"},
        {"[run.resend]\nvideos = \"101%\"\n",
         "n.toml:2:10: \"videos\" must be \"all\", \"none\" or a share such as \"1%\"\n"},
        {"[[limit]]\nconcurrency = 5\n",
         "n.toml:1:1: a [[limit]] names neither \"match\" nor \"endpoint\"; add match = \"*\" for "
         "every model\n"},
        {"[[limit]]\nendpoint = \"vidoes\"\n",
         "n.toml:2:12: \"endpoint\" must be one of messages, chat_completions, generate_content, "
         "image_generations, videos, video_generations, audio_speech\n"},
        {"[limit]\nmatch = \"x\"\n", "n.toml:1:1: \"limit\" has a wrong form; write [[limit]]\n"},
        {"[price]\nx = 3\n",
         "n.toml:2:5: the price of \"x\" must be a table; write [price.\"x\"]\n"},
        {"[price.x]\nper_imge = 3\n",
         "n.toml:2:1: unknown key \"per_imge\" in [price.\"x\"]; did you mean \"per_image\"?\n"},
        {"[run\n", "n.toml:1:5: "},
    };
    for (const auto& row : rows) {
        CAPTURE(row.text);
        const std::string found = problems_of(row.text);
        CHECK_MESSAGE(found.rfind(row.problem, 0) == 0, found);
    }
}

TEST_CASE("key and base URL cannot be set, wherever they are tried, and are not repeated") {
    for (const std::string text :
         {"api_key = \"sk-secret\"\n", "base_url = \"https://x\"\n",
          "[run]\napi_key = \"sk-secret\"\n", "[run]\nbase-url = \"https://x\"\n",
          "[run]\napi_key_file = \"f\"\n"}) {
        CAPTURE(text);
        const std::string found = problems_of(text);
        CHECK(found.find("a configuration file cannot set \"") != std::string::npos);
        CHECK(found.find("NIGHTSHIFT_API_KEY") != std::string::npos);
        CHECK(found.find("sk-secret") == std::string::npos);
    }
}

TEST_CASE("the first limit that matches counts; the nearest price does") {
    const auto config = config_of(R"(
[[limit]]
endpoint = "videos"
concurrency = 1
[[limit]]
match = "claude-*"
concurrency = 2
[[limit]]
match = "*"
concurrency = 3
[price."*"]
per_task = 1
[price."gpt-*"]
per_task = 2
[price."gpt-5.4"]
per_task = 3
)");

    CHECK(config.limit_of("videos", "happyhorse-1.0-t2v")->concurrency == 1);
    CHECK(config.limit_of("messages", "claude-opus-4-7")->concurrency == 2);
    CHECK(config.limit_of("messages", "x/y")->concurrency == 3);
    CHECK(config.price_of("gpt-5.4")->per_task == 3);
    CHECK(config.price_of("gpt-4")->per_task == 2);
    CHECK(config.price_of("MiniMax/speech-2.8-hd")->per_task == 1);
    CHECK(Config().price_of("x") == nullptr);
    CHECK(Config().limit_of("videos", "x") == nullptr);
}

TEST_CASE("a file that is not there is a usage error") {
    std::vector<Problem> problems;

    CHECK_THROWS_WITH_AS(read_config("/nowhere/n.toml", {}, problems),
                         "cannot open /nowhere/n.toml: No such file or directory", UsageError);
}

TEST_CASE("the published schema names the keys that are read") {
    const auto schema =
        nlohmann::json::parse(contents_of(NIGHTSHIFT_SOURCE_DIR "/schemas/config.json"));

    for (const auto& property : schema.at("properties").at("run").at("properties").items()) {
        CAPTURE(property.key());
        CHECK(problems_of("[run]\n" + property.key() + " = []\n").find("unknown") ==
              std::string::npos);
        CHECK(property.value().contains("description"));
    }
    CHECK(schema.at("properties").at("run").at("properties").size() == 23);
    for (const auto& property : schema.at("$defs").at("limit").at("properties").items()) {
        CAPTURE(property.key());
        CHECK(problems_of("[[limit]]\n" + property.key() + " = []\n").find("unknown") ==
              std::string::npos);
        CHECK(property.value().contains("description"));
    }
    for (const auto& property : schema.at("$defs").at("price").at("properties").items()) {
        CAPTURE(property.key());
        CHECK(problems_of("[price.x]\n" + property.key() + " = []\n").find("unknown") ==
              std::string::npos);
        CHECK(property.value().contains("description"));
    }
}
