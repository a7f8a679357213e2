#include "manifest/model_guess.hpp"

#include <algorithm>
#include <array>
#include <cctype>

namespace nightshift {
namespace {

struct Hint {
    std::string_view word;
    std::array<std::string_view, 2> endpoints;
};

// The first that stands in the name counts.
constexpr std::array<Hint, 31> hints = {{
    {"embedding", {"embeddings", ""}},
    {"embed-", {"embeddings", ""}},
    {"bge-", {"embeddings", ""}},
    {"t2v", {"videos", "video_generations"}},
    {"i2v", {"videos", "video_generations"}},
    {"r2v", {"videos", "video_generations"}},
    {"video", {"videos", "video_generations"}},
    {"sora", {"videos", "video_generations"}},
    {"veo-", {"videos", "video_generations"}},
    {"kling", {"videos", "video_generations"}},
    {"hailuo", {"videos", "video_generations"}},
    {"seedance", {"video_generations", "videos"}},
    {"wan2", {"videos", "video_generations"}},
    {"vidu", {"videos", "video_generations"}},
    {"runway", {"videos", "video_generations"}},
    {"dall-e", {"image_generations", ""}},
    {"image", {"image_generations", "generate_content"}},
    {"imagen", {"image_generations", ""}},
    {"seedream", {"image_generations", ""}},
    {"flux", {"image_generations", ""}},
    {"stable-diffusion", {"image_generations", ""}},
    {"sdxl", {"image_generations", ""}},
    {"midjourney", {"image_generations", ""}},
    {"ideogram", {"image_generations", ""}},
    {"recraft", {"image_generations", ""}},
    {"t2i", {"image_generations", ""}},
    {"tts", {"audio_speech", ""}},
    {"speech", {"audio_speech", ""}},
    {"voice", {"audio_speech", ""}},
    {"cosyvoice", {"audio_speech", ""}},
    {"claude", {"messages", ""}},
}};

constexpr std::array<std::string_view, 27> families = {
    "gpt-",    "chatgpt-",  "o1",     "o3",      "o4",       "deepseek", "glm-",
    "kimi-",   "moonshot",  "qwen",   "qwq",     "llama",    "meta-",    "mistral",
    "mixtral", "codestral", "grok",   "gemma",   "phi-",     "command",  "yi-",
    "ernie",   "hunyuan",   "doubao", "minimax", "baichuan", "step-"};

std::string lower(std::string_view text) {
    std::string folded(text);
    for (char& c : folded) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    return folded;
}

}  // namespace

std::vector<std::string> endpoints_meant(std::string_view model) {
    const auto name = lower(model);
    for (const auto& hint : hints) {
        if (name.find(hint.word) == std::string::npos) continue;
        std::vector<std::string> endpoints;
        for (const auto endpoint : hint.endpoints) {
            if (!endpoint.empty()) endpoints.emplace_back(endpoint);
        }
        return endpoints;
    }
    return {};
}

bool is_chat_family(std::string_view model) {
    auto name = lower(model);
    name = name.substr(name.rfind('/') + 1);  // "deepseek-ai/DeepSeek-V3"
    return std::any_of(families.begin(), families.end(),
                       [&name](std::string_view family) { return name.starts_with(family); });
}

}  // namespace nightshift
