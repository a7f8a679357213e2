#include "tests/faults/video_night.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <filesystem>

namespace nightshift::test {

std::string clip(std::size_t frames, char filling) {
    const auto size = static_cast<std::uint32_t>(frames + 8);
    std::string bytes(
        "\0\0\0\x18"
        "ftypisom\0\0\x02\0isomiso2",
        24);
    for (const int shift : {24, 16, 8, 0}) bytes += static_cast<char>((size >> shift) & 0xff);
    return bytes + "mdat" + std::string(frames, filling);
}

http::Reply stored(const std::string& bytes, const std::string& etag) {
    http::Reply reply;
    reply.status = 200;
    reply.sent = true;
    reply.headers = {{"content-type", "video/mp4"},
                     {"content-length", std::to_string(bytes.size())},
                     {"etag", etag}};
    reply.body = bytes;
    return reply;
}

http::Reply cut(http::Reply reply, std::size_t at, http::Trouble trouble) {
    reply.body.resize(at);
    reply.trouble = trouble;
    return reply;
}

http::Reply rest_of(const std::string& bytes, std::size_t from, const std::string& etag) {
    auto reply = stored(bytes.substr(from), etag);
    reply.status = 206;
    reply.headers.emplace_back("content-range", "bytes " + std::to_string(from) + "-" +
                                                    std::to_string(bytes.size() - 1) + "/" +
                                                    std::to_string(bytes.size()));
    return reply;
}

http::Reply refused(int status, const std::string& body) {
    auto reply = json_reply(status, body);
    reply.headers = {{"content-type", "application/xml"}};
    return reply;
}

http::Reply redirect(const std::string& to) {
    auto reply = refused(302, "");
    reply.headers = {{"location", to}};
    return reply;
}

Ran VideoNight::run() {
    Night night;
    Job1 task;
    task.id = "v";
    task.endpoint = "videos";
    task.model = "happyhorse-1.0-t2v";
    task.path = "/v1/videos";
    task.body = R"({"model":"happyhorse-1.0-t2v"})";
    night.tasks = {task};
    night.options.deadline_s = deadline_s;
    night.options.max_duration_s = max_duration_s;
    night.later_s = later_s;
    night.stopped_at_s = stopped_at_s;
    night.gateway = [this](const Exchange& asked) { return answer(asked); };
    return live_through(night, folder);
}

std::string VideoNight::video() const {
    return read_file(folder.path() / "outputs/v.mp4");
}

bool VideoNight::nothing_is_final() const {
    return std::filesystem::is_empty(folder.path() / "outputs");
}

http::Reply VideoNight::answer(const Exchange& asked) {
    if (asked.method == "POST") return json_reply(200, R"({"id":"task_1","status":"queued"})");
    const std::string copy = "/v1/videos/task_1/content";
    if (asked.path == copy && std::find(links.begin(), links.end(), copy) == links.end()) {
        ++copies_asked;
        return json_reply(404, R"({"error":{"message":"no copy","type":"invalid_request_error"}})");
    }
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

nlohmann::json line_of(const Ran& ran, const std::string& id) {
    return nlohmann::json::parse(ran.ledger.at(id));
}

}  // namespace nightshift::test
