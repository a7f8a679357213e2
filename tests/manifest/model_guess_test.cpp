#include "manifest/model_guess.hpp"

#include <doctest/doctest.h>

using namespace nightshift;
using Words = std::vector<std::string>;

TEST_CASE("a model's name says what it makes, in any vendor's words and letter case") {
    CHECK(endpoints_meant("sora-2") == Words{"videos", "video_generations"});
    CHECK(endpoints_meant("wan2.2-t2v") == Words{"videos", "video_generations"});
    CHECK(endpoints_meant("Kling-v2-master") == Words{"videos", "video_generations"});
    CHECK(endpoints_meant("dall-e-3") == Words{"image_generations"});
    CHECK(endpoints_meant("qwen-image-edit") == Words{"image_generations", "generate_content"});
    CHECK(endpoints_meant("text-embedding-3-small") == Words{"embeddings"});
    CHECK(endpoints_meant("BAAI/bge-m3") == Words{"embeddings"});
    CHECK(endpoints_meant("gpt-4o-mini-tts") == Words{"audio_speech"});
    CHECK(endpoints_meant("gpt-5.4-mini").empty());
    CHECK(endpoints_meant("").empty());
}

TEST_CASE("well-known families of chat models need no warning") {
    for (const auto* model : {"gpt-4o", "deepseek-ai/DeepSeek-V3", "GLM-4.7", "Qwen3-Max",
                              "o3-mini", "llama-3.1-70b", "grok-4", "moonshot-v1-8k"}) {
        CAPTURE(model);
        CHECK(is_chat_family(model));
    }
    CHECK_FALSE(is_chat_family("my-model"));
    CHECK_FALSE(is_chat_family(""));
}
