// Which endpoint a path names (wire contract 1.2, 2 to 9).
#pragma once

#include <string>
#include <string_view>

namespace nightshift::sandbox {

enum class Endpoint {
    messages,
    chat_completions,
    generate_content,
    image_generations,
    videos,
    video_generations,
    audio_speech,
    models,   // GET /v1/models, /v1/models/{id}, /v1beta/models
    poll,     // GET /v1/videos/{id}, /v1/video/generations/{id}
    content,  // GET /v1/videos/{id}/content
    results,  // the second listener
    books,    // GET /sandbox/books
    web,      // any path outside the API: the web UI
    unknown,  // an API path that does not exist, or a wrong method
};

// The words used by fault and limit files.
std::string_view word_of(Endpoint endpoint);

struct Route {
    Endpoint endpoint = Endpoint::unknown;
    std::string model;         // from the URL: Gemini's, or of GET /v1/models/{id}
    std::string task_id;       // poll and content; the file's stem on the result host
    bool wrapped = false;      // poll: the {code,message,data} form
    bool gemini_list = false;  // models: /v1beta/models
    bool stream = false;       // Gemini: streamGenerateContent
    std::string redirect;      // not empty: the path without its trailing slash
};

// Of the gateway's own listener. `path` is percent-decoded and has no query.
Route route_of(std::string_view method, std::string_view path);

// Of the result host.
Route result_route_of(std::string_view method, std::string_view path);

// True for the endpoints that are paid for: their POSTs go through limits, faults and books.
bool is_paid(Endpoint endpoint);

}  // namespace nightshift::sandbox
