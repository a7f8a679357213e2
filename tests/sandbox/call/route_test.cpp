// Every path of the gateway and of the result host.
#include "sandbox/call/route.hpp"

#include <doctest/doctest.h>

using namespace nightshift::sandbox;

TEST_CASE("a path and a method name one endpoint") {
    struct Row {
        const char* method;
        const char* path;
        const char* endpoint;
    };
    for (const Row& row : {
             Row{"POST", "/v1/messages", "messages"},
             {"POST", "/v1/chat/completions", "chat_completions"},
             {"POST", "/v1beta/models/gemini-3.5-flash:generateContent", "generate_content"},
             {"POST", "/v1beta/models/gemini-3.5-flash:streamGenerateContent", "generate_content"},
             {"POST", "/v1beta/models/gemini-3.5-flash:countTokens", "unknown"},
             {"POST", "/v1/images/generations", "image_generations"},
             {"POST", "/v1/videos", "videos"},
             {"POST", "/v1/video/generations", "video_generations"},
             {"POST", "/v1/audio/speech", "audio_speech"},
             {"GET", "/v1/models", "models"},
             {"GET", "/v1/models/MiniMax/speech-2.8-hd", "models"},
             {"GET", "/v1beta/models", "models"},
             {"GET", "/v1/videos/task_1", "poll"},
             {"GET", "/v1/video/generations/task_1", "poll"},
             {"GET", "/v1/videos/task_1/content", "content"},
             {"GET", "/sandbox/books", "books"},
             {"GET", "/v1/messages", "unknown"},
             {"DELETE", "/v1/videos/task_1", "unknown"},
             {"POST", "/v1/message", "unknown"},
             {"GET", "/v1", "unknown"},
             {"GET", "/api/status", "unknown"},
             {"POST", "/messages", "web"},
             {"GET", "/", "web"},
         }) {
        CAPTURE(row.path);
        CHECK(word_of(route_of(row.method, row.path).endpoint) == row.endpoint);
    }
}

TEST_CASE("a trailing slash is redirected where the path without it exists") {
    CHECK(route_of("POST", "/v1/videos/").redirect == "/v1/videos");
    CHECK(route_of("GET", "/v1/models/").redirect == "/v1/models");
    CHECK(route_of("GET", "/v1/nothing/").redirect.empty());
}

TEST_CASE("ids and models are taken from the path") {
    CHECK(route_of("GET", "/v1/videos/task_1/content").task_id == "task_1");
    CHECK(route_of("GET", "/v1/video/generations/task_1").wrapped);
    CHECK(route_of("GET", "/v1/models/MiniMax/speech-2.8-hd").model == "MiniMax/speech-2.8-hd");
    const Route stream = route_of("POST", "/v1beta/models/gemini-3.5-flash:streamGenerateContent");
    CHECK(stream.model == "gemini-3.5-flash");
    CHECK(stream.stream);
    CHECK(result_route_of("GET", "/results/task_1.mp4").task_id == "task_1.mp4");
    CHECK(result_route_of("HEAD", "/results/task_1.mp4").endpoint == Endpoint::unknown);
}
