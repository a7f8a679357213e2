// The routing table of the gateway; gin's trailing-slash redirect included (wire contract 1.2).
#include "sandbox/call/route.hpp"

#include <array>
#include <utility>

namespace nightshift::sandbox {
namespace {

constexpr std::array<std::pair<Endpoint, std::string_view>, 14> words{{
    {Endpoint::messages, "messages"},
    {Endpoint::chat_completions, "chat_completions"},
    {Endpoint::generate_content, "generate_content"},
    {Endpoint::image_generations, "image_generations"},
    {Endpoint::videos, "videos"},
    {Endpoint::video_generations, "video_generations"},
    {Endpoint::audio_speech, "audio_speech"},
    {Endpoint::models, "models"},
    {Endpoint::poll, "poll"},
    {Endpoint::content, "content"},
    {Endpoint::results, "results"},
    {Endpoint::books, "books"},
    {Endpoint::web, "web"},
    {Endpoint::unknown, "unknown"},
}};

constexpr std::array<std::pair<std::string_view, Endpoint>, 6> posts{{
    {"/v1/messages", Endpoint::messages},
    {"/v1/chat/completions", Endpoint::chat_completions},
    {"/v1/images/generations", Endpoint::image_generations},
    {"/v1/videos", Endpoint::videos},
    {"/v1/video/generations", Endpoint::video_generations},
    {"/v1/audio/speech", Endpoint::audio_speech},
}};

// What follows `prefix` when that is one path segment; empty otherwise.
std::string_view segment_after(std::string_view path, std::string_view prefix) {
    if (!path.starts_with(prefix)) return {};
    const auto rest = path.substr(prefix.size());
    return rest.find('/') == std::string_view::npos ? rest : std::string_view();
}

Route post_route(std::string_view path) {
    Route route;
    for (const auto& [known, endpoint] : posts) {
        if (path == known) route.endpoint = endpoint;
    }
    constexpr std::string_view gemini = "/v1beta/models/";
    const auto colon = path.rfind(':');
    if (!path.starts_with(gemini) || colon == std::string_view::npos) return route;
    const auto action = path.substr(colon + 1);
    if (action != "generateContent" && action != "streamGenerateContent") return route;
    route.endpoint = Endpoint::generate_content;
    route.model = path.substr(gemini.size(), colon - gemini.size());
    route.stream = action == "streamGenerateContent";
    return route;
}

Route get_route(std::string_view path) {
    Route route;
    if (path == "/v1/models" || path == "/v1beta/models") {
        route.endpoint = Endpoint::models;
        route.gemini_list = path == "/v1beta/models";
    } else if (path == "/sandbox/books") {
        route.endpoint = Endpoint::books;
    } else if (path.starts_with("/v1/models/") && path.size() > 11) {
        route.endpoint = Endpoint::models;
        route.model = path.substr(11);  // ids may hold a slash
    } else if (const auto id = segment_after(path, "/v1/videos/"); !id.empty()) {
        route.endpoint = Endpoint::poll;
        route.task_id = id;
    } else if (const auto wrapped = segment_after(path, "/v1/video/generations/");
               !wrapped.empty()) {
        route.endpoint = Endpoint::poll;
        route.task_id = wrapped;
        route.wrapped = true;
    } else if (path.starts_with("/v1/videos/") && path.ends_with("/content")) {
        const auto whole = segment_after(path.substr(0, path.size() - 8), "/v1/videos/");
        if (!whole.empty()) route.endpoint = Endpoint::content;
        route.task_id = whole;
    }
    return route;
}

Route known_route(std::string_view method, std::string_view path) {
    if (method == "POST") return post_route(path);
    if (method == "GET") return get_route(path);
    return {};
}

}  // namespace

std::string_view word_of(Endpoint endpoint) {
    for (const auto& [known, word] : words) {
        if (known == endpoint) return word;
    }
    return "unknown";
}

bool is_paid(Endpoint endpoint) {
    return endpoint <= Endpoint::audio_speech;
}

Route route_of(std::string_view method, std::string_view path) {
    Route route = known_route(method, path);
    if (route.endpoint != Endpoint::unknown) return route;

    if (path.size() > 1 && path.ends_with('/')) {
        const auto shorter = path.substr(0, path.size() - 1);
        if (known_route(method, shorter).endpoint != Endpoint::unknown) {
            route.redirect = shorter;
            return route;
        }
    }
    const bool api =
        path.starts_with("/v1") || path.starts_with("/api") || path.starts_with("/assets");
    if (!api) route.endpoint = Endpoint::web;
    return route;
}

Route result_route_of(std::string_view method, std::string_view path) {
    Route route;
    const auto name = segment_after(path, "/results/");
    if (method != "GET" || name.empty()) return route;
    route.endpoint = Endpoint::results;
    route.task_id = name;
    return route;
}

}  // namespace nightshift::sandbox
