// Tasks and gateway replies for nights on the virtual clock, and what their ledgers say.

#pragma once

#include "tests/fakes/virtual_world.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <string>
#include <vector>

namespace nightshift::test::nights {

// Ids t0, t1, ...
inline std::vector<Job1> tasks_of(const std::string& endpoint, const std::string& model,
                                  const std::string& path, int count) {
    std::vector<Job1> tasks(static_cast<std::size_t>(count));
    for (int i = 0; i < count; ++i) {
        auto& task = tasks[static_cast<std::size_t>(i)];
        task = {.id = "t" + std::to_string(i), .endpoint = endpoint, .model = model, .path = path};
        task.body = R"({"model":")" + model + R"(","n":)" + std::to_string(i) + "}";
    }
    return tasks;
}

inline std::vector<Job1> chats(int count) {
    return tasks_of("chat_completions", "gpt-5.4", "/v1/chat/completions", count);
}

inline std::vector<Job1> videos(int count) {
    return tasks_of("videos", "happyhorse-1.0-t2v", "/v1/videos", count);
}

inline std::vector<Job1> images(int count) {
    return tasks_of("image_generations", "gpt-image-2", "/v1/images/generations", count);
}

inline std::vector<Job1> operator+(std::vector<Job1> some, const std::vector<Job1>& more) {
    for (const auto& task : more) {
        some.push_back(task);
        some.back().id = task.endpoint + "-" + task.id;
    }
    return some;
}

inline http::Reply accepted(const std::string& id) {
    return json_reply(200, R"({"id":")" + id + R"(","task_id":")" + id + R"(","status":"queued"})");
}

// `more`: further members, each with its comma in front.
inline http::Reply polled(const std::string& word, const std::string& more = "") {
    return json_reply(200, R"({"id":"task_1","status":")" + word + "\"" + more + "}");
}

// The smallest MP4 that counts as whole.
inline http::Reply clip() {
    auto reply = json_reply(200, std::string("\0\0\0\x18"
                                             "ftypisom\0\0\x02\0isomiso2"
                                             "\0\0\0\x08mdat",
                                             32));
    reply.headers = {{"content-type", "video/mp4"}, {"content-length", "32"}};
    return reply;
}

// A proxy's page: no request id of the gateway.
inline http::Reply page(int status, const std::string& title = "Bad Gateway") {
    auto reply = json_reply(status, "<html><head><title>" + title + "</title></head></html>");
    reply.headers = {{"content-type", "text/html"}};
    return reply;
}

inline http::Reply gateway_error(int status, const std::string& code, const std::string& message) {
    return json_reply(status, R"({"error":{"type":"new_api_error","code":")" + code +
                                  R"(","message":")" + message + R"("}})");
}

inline bool is_content(const Exchange& each) {
    return each.path.find("/content") != std::string::npos;
}

inline nlohmann::json line_of(const Ran& ran, const std::string& id) {
    return nlohmann::json::parse(ran.ledger.at(id));
}

inline std::string kind_of(const Ran& ran, const std::string& id) {
    return line_of(ran, id)["error"]["kind"];
}

inline std::string code_of(const Ran& ran, const std::string& id) {
    const auto code = line_of(ran, id)["error"]["code"];
    return code.is_null() ? "" : code.get<std::string>();
}

inline std::string message_of(const Ran& ran, const std::string& id) {
    return line_of(ran, id)["error"]["message"];
}

inline std::int64_t count_of(const Ran& ran, State state) {
    const auto found = ran.counts.find(state);
    return found == ran.counts.end() ? 0 : found->second;
}

inline bool holds(const std::string& text, const std::string& part) {
    return text.find(part) != std::string::npos;
}

}  // namespace nightshift::test::nights
