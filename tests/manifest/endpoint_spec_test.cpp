#include "manifest/endpoint_spec.hpp"

#include "manifest/stage_fields.hpp"
#include "manifest_fixture.hpp"
#include "test_paths.hpp"

#include <nlohmann/json.hpp>

#include <set>
#include <string>

using namespace nightshift;
using namespace nightshift::test;

TEST_CASE("each model of the seed goes to its endpoint, any other name to chat") {
    struct Row {
        const char *model, *endpoint;
    };
    const Row rows[] = {
        {"claude-sonnet-4-6", "messages"},
        {"claude-opus-4-7", "messages"},
        {"gpt-5.4", "chat_completions"},
        {"DeepSeek-V4-Pro", "chat_completions"},
        {"GLM-5.1", "chat_completions"},
        {"Kimi-K2.6", "chat_completions"},
        {"qwen3.6-plus", "chat_completions"},
        {"some/other", "chat_completions"},
        {"Claude-x", "chat_completions"},
        {"gemini-3.5-flash", "generate_content"},
        {"gpt-image-2", "image_generations"},
        {"happyhorse-1.0-r2v", "videos"},
        {"doubao-seedance-2-0-260128", "video_generations"},
        {"qwen3-tts-flash", "audio_speech"},
        {"MiniMax/speech-2.8-hd", "audio_speech"},
    };
    for (const auto& row : rows) {
        CAPTURE(row.model);
        CHECK(endpoints().of_model(row.model).endpoint == row.endpoint);
    }
}

TEST_CASE("a path leads to its endpoint, with model and stream where the path has them") {
    const auto text = endpoints().of_path("/v1beta/models/gemini-3.5-flash:generateContent");
    const auto stream = endpoints().of_path("/v1beta/models/a/b:streamGenerateContent?alt=sse");
    const auto videos = endpoints().of_path("/v1/videos");

    REQUIRE(text.spec != nullptr);
    CHECK(text.spec->endpoint == "generate_content");
    CHECK(text.model == "gemini-3.5-flash");
    CHECK_FALSE(text.stream);
    CHECK(stream.stream);
    CHECK(stream.model == "a/b");
    CHECK(videos.spec->endpoint == "videos");
    CHECK(endpoints().of_path("/v1/video").spec == nullptr);
    CHECK(endpoints().of_path("/v1beta/models/:generateContent").spec == nullptr);
}

TEST_CASE("image models of Gemini are known as such") {
    const auto* gemini = endpoints().named("generate_content");

    CHECK(gemini->makes_images("gemini-3.1-flash-image-preview"));
    CHECK_FALSE(gemini->makes_images("gemini-3.5-flash"));
    CHECK(endpoints().named("image_generations")->makes_images("x"));
}

TEST_CASE("a name close to a known model is told, a known or foreign one is not") {
    CHECK(endpoints().known_model_near("claude-sonnet-4-7") == "claude-sonnet-4-6");
    CHECK(endpoints().known_model_near("Qwen3.6-plus") == "qwen3.6-plus");
    CHECK(endpoints().known_model_near("claude-sonnet-4-6").empty());
    CHECK(endpoints().known_model_near("llama-4-scout").empty());
}

TEST_CASE("schemas are small, and every field of theirs is described") {
    for (const auto& word : endpoint_words()) {
        CAPTURE(word);
        const std::string text = contents_of(NIGHTSHIFT_SOURCE_DIR "/schemas/" + word + ".json");
        const auto schema = nlohmann::json::parse(text);

        CHECK(text.size() < 15'000);
        CHECK(text.find(")schema\"") == std::string::npos);
        CHECK(schema.at("endpoint") == word);
        for (const auto& field : schema.at("short").at("properties").items()) {
            CAPTURE(field.key());
            CHECK(field.value().contains("description"));
        }
        for (const auto& warning : schema.value("x-warnings", nlohmann::json::array())) {
            CHECK(warning.at("say").get<std::string>().size() > 20);
            CHECK(warning.contains("at"));
        }
    }
}

TEST_CASE("the published schema of a line names the fields that every line may have") {
    const auto schema =
        nlohmann::json::parse(contents_of(NIGHTSHIFT_SOURCE_DIR "/schemas/manifest_line.json"));

    std::set<std::string> names;
    const auto& properties = schema.at("$defs").at("envelope").at("properties");
    for (const auto& [name, property] : properties.items()) {
        names.insert(name);
        CHECK(property.contains("description"));
    }
    std::set<std::string> known = {"priority", "tags",         "metadata",
                                   "timeout",  "max_attempts", "expect"};
    known.insert(stage_fields().begin(), stage_fields().end());
    CHECK(names == known);
}

TEST_CASE("the published schema of the ledger has the contract's columns, each required") {
    const auto schema = nlohmann::ordered_json::parse(
        contents_of(NIGHTSHIFT_SOURCE_DIR "/schemas/ledger_line.json"));
    const std::vector<std::string> columns = {
        "schema",        "id",           "endpoint",    "model",      "answered_by", "state",
        "attempts",      "maybe_billed", "http_status", "request_id", "remote_id",   "queued_at",
        "started_at",    "submitted_at", "finished_at", "latency_ms", "text",        "reasoning",
        "finish_reason", "flags",        "usage",       "cost",       "outputs",     "error",
        "tags",          "metadata",     "manifest",    "line",       "gateway"};

    CHECK(schema.at("required").get<std::vector<std::string>>() == columns);
    CHECK(schema.at("properties").size() == columns.size());
    for (const auto& column : columns) CHECK(schema.at("properties").contains(column));
}
