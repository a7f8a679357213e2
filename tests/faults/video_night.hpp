// One video on the virtual clock: accepted, done at once, and then its links and what they give.

#pragma once

#include "tests/fakes/virtual_world.hpp"

#include <nlohmann/json.hpp>

#include <filesystem>
#include <functional>
#include <string>
#include <utility>
#include <vector>

namespace nightshift::test {

inline const std::string result_host = "https://cdn.example.net";

// A clip as the wire contract has it, of some length.
inline std::string clip(std::size_t frames = 4096, char filling = 'x') {
    const auto size = static_cast<std::uint32_t>(frames + 8);
    std::string bytes(
        "\0\0\0\x18"
        "ftypisom\0\0\x02\0isomiso2",
        24);
    for (const int shift : {24, 16, 8, 0}) bytes += static_cast<char>((size >> shift) & 0xff);
    return bytes + "mdat" + std::string(frames, filling);
}

// A reply of an object store: the whole, or its beginning with `trouble` behind it.
inline http::Reply stored(const std::string& bytes, const std::string& etag = "\"1\"") {
    http::Reply reply;
    reply.status = 200;
    reply.sent = true;
    reply.headers = {{"content-type", "video/mp4"},
                     {"content-length", std::to_string(bytes.size())},
                     {"etag", etag}};
    reply.body = bytes;
    return reply;
}

inline http::Reply cut(http::Reply reply, std::size_t at,
                       http::Trouble trouble = http::Trouble::truncated) {
    reply.body.resize(at);
    reply.trouble = trouble;
    return reply;
}

// What a store answers to `Range: bytes=FROM-` of the object.
inline http::Reply rest_of(const std::string& bytes, std::size_t from,
                           const std::string& etag = "\"1\"") {
    auto reply = stored(bytes.substr(from), etag);
    reply.status = 206;
    reply.headers.emplace_back("content-range", "bytes " + std::to_string(from) + "-" +
                                                    std::to_string(bytes.size() - 1) + "/" +
                                                    std::to_string(bytes.size()));
    return reply;
}

inline http::Reply refused(int status, const std::string& body = "<Error>gone</Error>") {
    auto reply = json_reply(status, body);
    reply.headers = {{"content-type", "application/xml"}};
    return reply;
}

inline http::Reply redirect(const std::string& to) {
    auto reply = refused(302, "");
    reply.headers = {{"location", to}};
    return reply;
}

struct VideoNight {
    // The link that each further poll gives; the last one stays. "" is none.
    std::vector<std::string> links = {result_host + "/a.mp4"};
    // Called for every fetch; `n` counts them from 1.
    std::function<http::Reply(const Exchange& fetch, int n)> store;

    const ScratchFolder folder = {};
    double later_s = 0, stopped_at_s = 0, deadline_s = 25 * 3600;
    int polls = 0;
    std::vector<Exchange> fetches = {};

    Ran run() {
        Night night;
        Job1 task;
        task.id = "v";
        task.endpoint = "videos";
        task.model = "happyhorse-1.0-t2v";
        task.path = "/v1/videos";
        task.body = R"({"model":"happyhorse-1.0-t2v"})";
        night.tasks = {task};
        night.options.deadline_s = deadline_s;
        night.later_s = later_s;
        night.stopped_at_s = stopped_at_s;
        night.gateway = [this](const Exchange& asked) { return answer(asked); };
        return live_through(night, folder);
    }

    // The video under its final name; "" when there is none.
    std::string video() const { return read_file(folder.path() / "outputs/v.mp4"); }
    bool nothing_is_final() const { return std::filesystem::is_empty(folder.path() / "outputs"); }

private:
    http::Reply answer(const Exchange& asked) {
        if (asked.method == "POST") return json_reply(200, R"({"id":"task_1","status":"queued"})");
        const bool poll = asked.path == "/v1/videos/task_1";
        if (!poll) {
            fetches.push_back(asked);
            return store(asked, static_cast<int>(fetches.size()));
        }
        const auto n = std::min<std::size_t>(static_cast<std::size_t>(polls++), links.size() - 1);
        nlohmann::json said = {{"id", "task_1"}, {"status", "completed"}};
        if (!links[n].empty()) said["metadata"]["url"] = links[n];
        return json_reply(200, said.dump());
    }
};

inline nlohmann::json line_of(const Ran& ran, const std::string& id = "v") {
    return nlohmann::json::parse(ran.ledger.at(id));
}

}  // namespace nightshift::test
