// Building replies; content types from wire contract 11.9, reason phrases from RFC 9110.
#include "sandbox/call/reply.hpp"

#include <array>
#include <utility>

namespace nightshift::sandbox {
namespace {

constexpr std::array<std::pair<int, std::string_view>, 26> reasons{{
    {200, "OK"},
    {201, "Created"},
    {202, "Accepted"},
    {204, "No Content"},
    {206, "Partial Content"},
    {301, "Moved Permanently"},
    {302, "Found"},
    {304, "Not Modified"},
    {307, "Temporary Redirect"},
    {308, "Permanent Redirect"},
    {400, "Bad Request"},
    {401, "Unauthorized"},
    {402, "Payment Required"},
    {403, "Forbidden"},
    {404, "Not Found"},
    {405, "Method Not Allowed"},
    {408, "Request Timeout"},
    {409, "Conflict"},
    {410, "Gone"},
    {413, "Request Entity Too Large"},
    {416, "Requested Range Not Satisfiable"},
    {429, "Too Many Requests"},
    {500, "Internal Server Error"},
    {502, "Bad Gateway"},
    {503, "Service Unavailable"},
    {504, "Gateway Timeout"},
}};

}  // namespace

std::string_view reason_of(int status) {
    for (const auto& [number, reason] : reasons) {
        if (number == status) return reason;
    }
    return "Unknown";
}

void Reply::set_header(std::string_view name, std::string_view value) {
    for (Header& header : headers) {
        if (same_name(header.name, name)) {
            header.value = value;
            return;
        }
    }
    headers.push_back(Header{std::string(name), std::string(value)});
}

Reply bytes_reply(int status, std::string_view content_type, std::string bytes) {
    Reply reply;
    reply.status = status;
    reply.set_header("Content-Type", content_type);
    reply.body = std::move(bytes);
    return reply;
}

Reply gateway_reply(int status, const Json& body) {
    return bytes_reply(status, "application/json; charset=utf-8", gateway_json(body));
}

Reply upstream_reply(int status, const Json& body) {
    return bytes_reply(status, "application/json", plain_json(body));
}

Reply stream_reply(std::vector<std::string> frames) {
    Reply reply;
    reply.set_header("Content-Type", "text/event-stream");
    reply.set_header("Cache-Control", "no-cache");
    reply.set_header("X-Accel-Buffering", "no");
    reply.frames = std::move(frames);
    return reply;
}

}  // namespace nightshift::sandbox
