// HTTP/1.1 message framing (RFC 9112 6.2 Content-Length, 7.1 chunked) with the gateway's own
// headers (wire contract 1.3), whole or cut as a fault wants it.
#include "sandbox/http_writer.hpp"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <ctime>
#include <numeric>

namespace nightshift::sandbox {
namespace {

constexpr std::string_view version = "v1.0.0-rc.9";

std::string chunk(const std::string& bytes) {
    return fmt::format("{:x}\r\n{}\r\n", bytes.size(), bytes);
}

std::string head_of(const Reply& reply, const Call& call, const std::string& framing,
                    bool keep_alive) {
    std::string head = fmt::format("HTTP/1.1 {} {}\r\n", reply.status, reason_of(reply.status));
    for (const Header& header : reply.headers) {
        head += fmt::format("{}: {}\r\n", header.name, header.value);
    }
    if (reply.gateway_headers) {
        head += fmt::format("X-Oneapi-Request-Id: {}\r\nX-New-Api-Version: {}\r\n", call.request_id,
                            version);
        if (!call.header("origin").empty()) head += "Access-Control-Allow-Origin: *\r\n";
    }
    head += fmt::format("Date: {:%a, %d %b %Y %H:%M:%S} GMT\r\n", fmt::gmtime(std::time(nullptr)));
    head += framing;
    if (!keep_alive) head += "Connection: close\r\n";
    return head + "\r\n";
}

// The body as it is to be sent: a stream's frames, or everything in one.
std::vector<std::string> parts_of(const Reply& reply, bool chunks) {
    if (reply.frames.empty()) return {reply.body};
    if (chunks) return reply.frames;
    return {std::accumulate(reply.frames.begin(), reply.frames.end(), std::string())};
}

// Keeps the first `bytes` of all parts together.
void keep_first(std::vector<std::string>& parts, std::size_t bytes) {
    std::vector<std::string> kept;
    for (std::string& part : parts) {
        if (bytes == 0) break;
        if (part.size() > bytes) part.resize(bytes);
        bytes -= part.size();
        kept.push_back(std::move(part));
    }
    parts = std::move(kept);
}

}  // namespace

Transmission transmission_of(const Reply& reply, const Call& call, const Fault& fault,
                             bool keep_alive, bool chunks) {
    Transmission out;
    const bool cut = fault.cut == Cut::reset_mid_reply || fault.cut == Cut::close_mid_reply ||
                     fault.cut == Cut::stall_mid_reply;
    const bool chunked = chunks && (!reply.frames.empty() || fault.chunked);
    std::vector<std::string> parts = parts_of(reply, chunks);
    std::size_t size = 0;
    for (const std::string& part : parts) size += part.size();
    if (cut) {
        out.after = fault.cut;
        keep_first(parts, std::min(size, fault.at.value_or(size / 2)));
    }
    out.keep_alive = keep_alive && !cut;
    out.pieces.push_back(head_of(reply, call,
                                 chunked ? std::string("Transfer-Encoding: chunked\r\n")
                                         : fmt::format("Content-Length: {}\r\n", size),
                                 out.keep_alive));
    for (std::string& part : parts) {
        if (part.empty()) continue;
        out.pieces.push_back(chunked ? chunk(part) : std::move(part));
    }
    if (chunked && !cut) out.pieces.emplace_back("0\r\n\r\n");
    return out;
}

}  // namespace nightshift::sandbox
