// The seed document's model table.
#include "sandbox/call/catalog.hpp"

#include <array>
#include <utility>

namespace nightshift::sandbox {
namespace {

constexpr std::array<std::pair<std::string_view, ModelKind>, 18> table{{
    {"claude-sonnet-4-6", ModelKind::claude},
    {"claude-opus-4-7", ModelKind::claude},
    {"gpt-5.4", ModelKind::chat},
    {"DeepSeek-V4-Pro", ModelKind::chat},
    {"DeepSeek-V4-Flash", ModelKind::chat},
    {"GLM-5.1", ModelKind::chat},
    {"Kimi-K2.6", ModelKind::chat},
    {"qwen3.6-plus", ModelKind::chat},
    {"gemini-3.5-flash", ModelKind::gemini},
    {"gemini-3.1-flash-image-preview", ModelKind::gemini_image},
    {"gpt-image-2", ModelKind::image},
    {"happyhorse-1.0-t2v", ModelKind::happyhorse},
    {"happyhorse-1.0-i2v", ModelKind::happyhorse},
    {"happyhorse-1.0-r2v", ModelKind::happyhorse},
    {"happyhorse-1.0-video-edit", ModelKind::happyhorse},
    {"doubao-seedance-2-0-260128", ModelKind::seedance},
    {"qwen3-tts-flash", ModelKind::speech},
    {"MiniMax/speech-2.8-turbo", ModelKind::speech},
}};
constexpr std::string_view last_name = "MiniMax/speech-2.8-hd";

// The gateway's own suffixes of Claude names (wire contract 3.2).
std::string_view without_suffix(std::string_view model) {
    for (const std::string_view suffix :
         {"-thinking", "-low", "-medium", "-high", "-xhigh", "-max"}) {
        if (model.ends_with(suffix)) return model.substr(0, model.size() - suffix.size());
    }
    return model;
}

}  // namespace

bool glob_matches(std::string_view pattern, std::string_view text) {
    std::size_t p = 0;
    std::size_t t = 0;
    std::size_t star = std::string_view::npos;
    std::size_t mark = 0;
    while (t < text.size()) {
        if (p < pattern.size() && pattern[p] == '*') {
            star = p++;
            mark = t;
        } else if (p < pattern.size() && (pattern[p] == '?' || pattern[p] == text[t])) {
            ++p;
            ++t;
        } else if (star != std::string_view::npos) {
            p = star + 1;
            t = ++mark;
        } else {
            return false;
        }
    }
    while (p < pattern.size() && pattern[p] == '*') ++p;
    return p == pattern.size();
}

ModelKind Catalog::kind_of(std::string_view model) const {
    for (const auto& [name, kind] : table) {
        if (model == name) return kind;
    }
    if (model == last_name) return ModelKind::speech;
    const auto stem = without_suffix(model);
    if (stem == "claude-sonnet-4-6" || stem == "claude-opus-4-7") return ModelKind::claude;
    for (const std::string& pattern : extra_) {
        if (glob_matches(pattern, model)) return ModelKind::chat;
    }
    return ModelKind::none;
}

const std::vector<std::string>& Catalog::names() {
    static const std::vector<std::string> all = [] {
        std::vector<std::string> names;
        for (const auto& [name, kind] : table) names.emplace_back(name);
        names.emplace_back(last_name);
        return names;
    }();
    return all;
}

std::vector<std::string> Catalog::endpoint_types(ModelKind kind) {
    switch (kind) {
        case ModelKind::claude:
            return {"anthropic", "openai"};
        case ModelKind::gemini:
        case ModelKind::gemini_image:
            return {"gemini", "openai"};
        case ModelKind::image:
            return {"image-generation", "openai"};
        case ModelKind::happyhorse:
        case ModelKind::seedance:
            return {"openai-video"};
        default:
            return {"openai"};
    }
}

bool allowed_to_limited(std::string_view model) {
    return model == "gpt-5.4" || model == "claude-sonnet-4-6" || model == "happyhorse-1.0-t2v";
}

bool is_text(ModelKind kind) {
    return kind == ModelKind::claude || kind == ModelKind::chat || kind == ModelKind::gemini;
}

}  // namespace nightshift::sandbox
