#include "tests/simulation/sim_gateway.hpp"

#include "base/base64.hpp"
#include "base/digest.hpp"
#include "tests/fakes/large_png.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace nightshift::test {
namespace {

using namespace std::string_literals;

constexpr const char* tiny_png =
    "iVBORw0KGgoAAAANSUhEUgAAAAQAAAAECAIAAAAmkwkpAAAAEElEQVR42mOQi7oDRwzEcQAc8hVBLVPWiAAAAABJRU5E"
    "rkJggg==";
// Of an image that is lifted from its reply.
const std::string& large_base64() {
    static const auto base64 = encode_base64(large_png(70'000));
    return base64;
}

constexpr std::size_t video_head_bytes = 24 + 8;  // ftyp, and the head of mdat
constexpr std::size_t remote_id_bytes = 11;       // "task_000001"
constexpr const char* result_host = "https://results.example";

std::string big_endian_32(std::uint32_t value) {
    std::string bytes;
    for (int shift = 24; shift >= 0; shift -= 8) bytes += static_cast<char>(value >> shift & 255);
    return bytes;
}

// ftyp, and an mdat that says over and over whose it is.
std::string video_of(const std::string& remote_id) {
    const auto size = 2000 + std::stoul(sha256_hex(remote_id).substr(0, 4), nullptr, 16);
    std::string content;
    while (content.size() < size) content += remote_id;
    return *decode_base64("AAAAGGZ0eXBpc29tAAACAGlzb21pc28y") +
           big_endian_32(static_cast<std::uint32_t>(content.size() + 8)) + "mdat" + content;
}

std::string wav_of(std::string_view body) {
    const auto samples = sha256_hex(body);  // 64 bytes
    return "RIFF\x64\0\0\0WAVEfmt \x10\0\0\0"s +
           "\x01\0\x01\0\xc0\x5d\0\0\x80\xbb\0\0\x02\0\x10\0"s + "data\x40\0\0\0"s + samples;
}

http::Reply reply_of(int status, std::string body, std::string type = "application/json") {
    http::Reply reply;
    reply.status = status;
    reply.headers = {{"content-type", std::move(type)}};
    if (status != 200) reply.headers.emplace_back("x-oneapi-request-id", "r");
    reply.body = std::move(body);
    return reply;
}

http::Reply error_of(int status, const std::string& code,
                     const std::string& type = "new_api_error") {
    return reply_of(status, fmt::format(R"({{"error":{{"message":"no","type":"{}","code":"{}"}}}})",
                                        type, code));
}

std::string path_of(const std::string& url) {
    const auto path = url.substr(std::min(url.size(), url.find('/', 8)));
    return path.substr(0, path.find('?'));
}

std::string header_of(const http::Request& request, std::string_view name) {
    for (const auto& [each, value] : request.headers->fields()) {
        if (each == name) return value;
    }
    return {};
}

}  // namespace

std::string SimGateway::text_for(std::string_view body) {
    return "answer to " + sha256_hex(body).substr(0, 12);
}

http::Reply SimGateway::answer(const http::Request& request, double now_s) {
    const auto path = path_of(request.url.text());
    if (request.method == "POST") return post(request, path, now_s);
    if (request.url.text().starts_with(result_host) || path.find("/content") != std::string::npos) {
        return fetch(request, path, now_s);
    }
    return poll(path, now_s);
}

void SimGateway::note_post(double now_s) {
    if (moods_.requests_per_minute == 0) return;
    posts_at_s_.push_back(now_s);
    const auto since = std::lower_bound(posts_at_s_.begin(), posts_at_s_.end(), now_s - 60);
    if (posts_at_s_.end() - since > moods_.requests_per_minute + 1) ++over_limit_;
}

std::optional<http::Reply> SimGateway::refusal(double now_s) {
    if (std::fmod(now_s, 3600) < 3600 * moods_.crowded) {
        return happens(0.5) ? reply_of(429, "") : error_of(429, "rate_limit_exceeded");
    }
    if (moods_.short_of_money && now_s > 200 && now_s < 2000) {
        return error_of(403, "insufficient_user_quota");
    }
    if (happens(moods_.refused)) return error_of(500, "upstream_error");
    return std::nullopt;
}

http::Reply SimGateway::post(const http::Request& request, const std::string& path, double now_s) {
    if (auto refused = refusal(now_s)) return *refused;
    return executed(request, path, now_s);
}

std::string SimGateway::link_to(std::string bytes, std::string type, double now_s) {
    const auto url = fmt::format("{}/{}", result_host, ++count_);
    Link link{.bytes = std::move(bytes), .type = std::move(type), .dies_at_s = 1e18};
    if (moods_.link_lifetime_s > 0) link.dies_at_s = now_s + moods_.link_lifetime_s;
    if (happens(moods_.link_dies)) link.dies_at_s = now_s;
    links_[url.substr(std::string(result_host).size())] = std::move(link);
    return url;
}

// The work is done and billed.
http::Reply SimGateway::executed(const http::Request& request, const std::string& path,
                                 double now_s) {
    BookEntry entry{.body_sha256 = sha256_hex(request.body), .remote_id = {}, .billed = true};
    const bool empty = happens(moods_.empty);
    const auto text = empty ? "" : text_for(request.body);
    http::Reply reply;
    if (path == "/v1/videos" || path == "/v1/video/generations") {
        entry.remote_id = fmt::format("task_{:06}", ++count_);
        tasks_[entry.remote_id] = {.done_at_s = now_s + random_.between(60, 900),
                                   .fails = happens(moods_.task_fails),
                                   .lost = happens(moods_.task_lost),
                                   .link = {}};
        reply = reply_of(200, fmt::format(R"({{"id":"{0}","task_id":"{0}","status":"queued"}})",
                                          entry.remote_id));
    } else if (path == "/v1/audio/speech") {
        const auto wav = wav_of(request.body);
        if (happens(moods_.as_link)) {
            reply =
                reply_of(200, fmt::format(R"({{"output":{{"audio":{{"url":"{}","data":""}}}}}})",
                                          link_to(wav, "audio/wav", now_s)));
        } else {
            reply = reply_of(200, wav, "audio/wav");
        }
    } else if (path == "/v1/images/generations") {
        const bool large = happens(moods_.large);
        const auto by_value =
            fmt::format(R"({{"b64_json":"{}"}})", large ? large_base64() : tiny_png);
        auto images = by_value;
        if (happens(moods_.as_link)) {
            images = fmt::format(R"({{"url":"{}"}})",
                                 link_to(*decode_base64(tiny_png), "image/png", now_s));
            if (large) images = by_value + "," + images;
        }
        const std::string more(happens(moods_.large) ? 100'000 : 0, ' ');
        reply = reply_of(
            200, fmt::format(R"({{"created":1,"data":[{}]{}}})", empty ? "" : images, more));
    } else if (path == "/v1/messages") {
        reply = reply_of(
            200, fmt::format(R"({{"type":"message","content":[{{"type":"text","text":"{}"}}],)"
                             R"("stop_reason":"end_turn"}})",
                             text));
    } else if (path.rfind("/v1beta", 0) == 0) {
        reply =
            reply_of(200, fmt::format(R"({{"candidates":[{{"content":{{"parts":[{{"text":"{}"}}],)"
                                      R"("role":"model"}},"finishReason":"STOP"}}]}})",
                                      text));
    } else {
        reply =
            reply_of(200, fmt::format(R"({{"choices":[{{"index":0,"message":{{"role":"assistant",)"
                                      R"("content":"{}"}},"finish_reason":"stop"}}]}})",
                                      text));
    }
    books_.push_back(std::move(entry));
    return reply;
}

http::Reply SimGateway::poll(const std::string& path, double now_s) {
    if (happens(moods_.poll_trouble)) return reply_of(502, "<html>502</html>", "text/html");
    const auto id = path.substr(path.rfind('/') + 1);
    const auto found = tasks_.find(id);
    if (found == tasks_.end() || found->second.lost || happens(moods_.flapping)) {
        return reply_of(400, R"({"code":"task_not_exist","message":"task_not_exist","data":null})");
    }
    auto& task = found->second;
    const bool done = now_s >= task.done_at_s;
    const bool openai = path.rfind("/v1/videos/", 0) == 0;
    const auto* state = !done        ? (openai ? "in_progress" : "IN_PROGRESS")
                        : task.fails ? (openai ? "failed" : "FAILURE")
                                     : (openai ? "completed" : "SUCCESS");
    if (done && !task.fails) task.link = link_to(video_of(id), "video/mp4", now_s);
    if (openai) {
        return reply_of(200, fmt::format(R"({{"id":"{}","status":"{}","metadata":{{"url":"{}"}}}})",
                                         id, state, task.link));
    }
    return reply_of(200, fmt::format(R"({{"code":"success","data":{{"task_id":"{}","status":"{}",)"
                                     R"("result_url":"{}"}}}})",
                                     id, state, task.link));
}

// With Range and If-Range as RFC 9110 14 has them.
http::Reply SimGateway::fetch(const http::Request& request, const std::string& path, double now_s) {
    const auto found = links_.find(path);
    if (found == links_.end() || now_s >= found->second.dies_at_s) {
        return reply_of(403, "<Error><Code>AccessDenied</Code></Error>", "application/xml");
    }
    const auto& link = found->second;
    const auto etag = "\"" + sha256_hex(link.bytes).substr(0, 16) + "\"";
    auto reply = reply_of(200, link.bytes, link.type);
    const auto range = header_of(request, "Range");
    const auto condition = header_of(request, "If-Range");
    if (!range.empty() && (condition.empty() || condition == etag)) {
        const auto first = static_cast<std::size_t>(std::stoull(range.substr(6)));
        if (first >= link.bytes.size()) return reply_of(416, "");
        reply.status = 206;
        reply.body = link.bytes.substr(first);
        reply.headers.emplace_back(
            "content-range",
            fmt::format("bytes {}-{}/{}", first, link.bytes.size() - 1, link.bytes.size()));
    }
    reply.headers.emplace_back("etag", etag);
    reply.headers.emplace_back("content-length", std::to_string(reply.body.size()));
    return reply;
}

bool SimGateway::ended_badly(const std::string& remote_id) const {
    const auto found = tasks_.find(remote_id);
    return found == tasks_.end() || found->second.fails || found->second.lost;
}

// Videos name their task all over; the others are short enough to be whole or absent.
bool SimGateway::is_whole(const std::string& name, const std::string& bytes) const {
    if (name.ends_with(".png")) {
        return bytes == *decode_base64(tiny_png) || bytes == *decode_base64(large_base64());
    }
    if (name.ends_with(".wav")) return bytes.size() == 44 + 64;
    if (bytes.size() < video_head_bytes + remote_id_bytes) return false;
    const auto remote_id = bytes.substr(video_head_bytes, remote_id_bytes);
    return tasks_.count(remote_id) > 0 && bytes == video_of(remote_id);
}

}  // namespace nightshift::test
