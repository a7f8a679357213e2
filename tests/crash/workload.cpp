#include "tests/crash/workload.hpp"

#include <fmt/format.h>

#include <array>

namespace nightshift::test {
namespace {

// Everything after the id and the prompt of a short line. The image is large enough to be lifted
// from its reply.
constexpr std::array<const char*, 12> kinds = {
    R"("model":"gpt-5.4","max_tokens":64)",
    R"("model":"happyhorse-1.0-t2v","resolution":"720P","duration":3)",
    R"("model":"gpt-image-2","size":"2048x2048")",
    R"("model":"qwen3-tts-flash","voice":"Cherry")",
    R"("model":"doubao-seedance-2-0-260128","resolution":"480p","duration":4)",
    R"("model":"claude-sonnet-4-6","max_tokens":64)",
    R"("model":"gemini-3.1-flash-image-preview")",
    R"("model":"MiniMax/speech-2.8-turbo","voice":"male-qn-qingse","format":"mp3")",
    R"("model":"happyhorse-1.0-i2v","images":["https://example.com/a.jpg"],"duration":3)",
    R"("model":"gemini-3.5-flash","max_tokens":64)",
    R"("model":"DeepSeek-V4-Flash","max_tokens":64)",
    R"("model":"happyhorse-1.0-r2v","images":["https://example.com/a.jpg"],"duration":3)",
};
constexpr std::array<std::size_t, 4> texts = {0, 5, 9, 10};
constexpr int speech_every = 100, video_every = 500;

std::string line_of(int number, std::uint64_t seed, const char* kind) {
    return fmt::format("{{\"id\":\"t{}\",\"prompt\":\"night {} task {}\",{}}}\n", number, seed,
                       number, kind);
}

constexpr auto posts =
    R"(["messages","chat_completions","generate_content","image_generations","audio_speech"])";
constexpr auto films = R"(["videos","video_generations"])";
constexpr auto text_posts = R"(["messages","chat_completions","generate_content","audio_speech"])";

std::string good_rules() {
    return fmt::format(R"({{"endpoint":{},"delay":1.5}},)"
                       R"({{"endpoint":{},"delay":1.5,"task":{{"render_seconds":6}}}})",
                       posts, films);
}

}  // namespace

std::string mixed_manifest(int tasks, std::uint64_t seed) {
    std::string text;
    for (int i = 0; i < tasks; ++i) {
        text += line_of(i, seed, kinds[static_cast<std::size_t>(i) % kinds.size()]);
    }
    return text;
}

std::string small_manifest(int tasks, std::uint64_t seed) {
    std::string text;
    for (int i = 0; i < tasks; ++i) {
        const char* kind = kinds[texts[static_cast<std::size_t>(i) % texts.size()]];
        if (i % speech_every == 0) kind = kinds[7];
        if (i % video_every == 0) kind = kinds[4];
        text += line_of(i, seed, kind);
    }
    return text;
}

std::string quick_gateway() {
    return "{\"rule\":[" + good_rules() + "]}";
}

std::string bad_gateway() {
    return fmt::format(
        R"({{"rule":[)"
        R"({{"endpoint":{},"probability":0.03,"connection":"reset_after_body","delay":1}},)"
        R"({{"endpoint":{},"probability":0.03,"status":503}},)"
        R"({{"endpoint":{},"probability":0.03,"status":503}},)"
        R"({{"endpoint":"results","probability":0.2,"connection":"close_mid_reply"}},)"
        R"({{"endpoint":"results","probability":0.3,"bytes_per_second":400000}},{}]}})",
        text_posts, posts, films, good_rules());
}

std::string slow_gateway() {
    return fmt::format(R"({{"rule":[{{"endpoint":{},"delay":100}},)"
                       R"({{"endpoint":{},"delay":100,"task":{{"render_seconds":300}}}}]}})",
                       posts, films);
}

}  // namespace nightshift::test
