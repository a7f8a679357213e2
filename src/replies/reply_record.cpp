#include "replies/reply_record.hpp"

#include <zlib.h>

#include <algorithm>
#include <cstring>

namespace nightshift::reply_record {
namespace {

constexpr std::string_view magic = "nsreply1";
constexpr std::size_t size_at = 8, crc_at = 12;
constexpr std::size_t number_at = 8, status_at = 16, header_bytes_at = 20;

template <class T>
void put(std::string& to, T value) {
    to.append(reinterpret_cast<const char*>(&value), sizeof value);
}

template <class T>
T get(const char* from) {
    T value;
    std::memcpy(&value, from, sizeof value);
    return value;
}

std::size_t bytes_of(const http::Headers& headers) {
    std::size_t bytes = 0;
    for (const auto& [name, value] : headers) bytes += name.size() + value.size() + 3;
    return bytes;
}

}  // namespace

void write_head(char* to, const Head& head) {
    std::memcpy(to, magic.data(), magic.size());
    std::memcpy(to + size_at, &head.size, sizeof head.size);
    std::memcpy(to + crc_at, &head.crc, sizeof head.crc);
}

std::optional<Head> read_head(const char* from) {
    if (std::string_view(from, magic.size()) != magic) return std::nullopt;
    const Head head{.size = get<std::uint32_t>(from + size_at),
                    .crc = get<std::uint32_t>(from + crc_at)};
    if (head.size < payload_bytes_min) return std::nullopt;
    return head;
}

std::uint32_t crc_of(std::string_view bytes, std::uint32_t before) {
    if (bytes.empty()) return before;  // zlib takes its null pointer for a question
    const auto* from = reinterpret_cast<const Bytef*>(bytes.data());
    return static_cast<std::uint32_t>(crc32_z(before, from, bytes.size()));
}

void append_front(std::string& to, std::int64_t row, std::int64_t number, int status,
                  const http::Headers& headers) {
    put(to, row);
    put(to, number);
    put(to, std::int32_t{status});
    put(to, static_cast<std::uint32_t>(bytes_of(headers)));
    for (const auto& [name, value] : headers) {
        to.append(name).append(": ").append(value).append(1, '\n');
    }
}

std::pair<std::int64_t, std::int64_t> row_and_number(std::string_view payload) {
    return {get<std::int64_t>(payload.data()), get<std::int64_t>(payload.data() + number_at)};
}

http::Reply reply_of(std::string_view payload) {
    http::Reply reply;
    reply.status = get<std::int32_t>(payload.data() + status_at);
    const auto header_bytes = get<std::uint32_t>(payload.data() + header_bytes_at);
    auto headers = payload.substr(payload_bytes_min, header_bytes);
    while (!headers.empty()) {
        const auto line = headers.substr(0, headers.find('\n'));
        headers.remove_prefix(std::min(headers.size(), line.size() + 1));
        const auto colon = line.find(": ");
        if (colon == std::string_view::npos) continue;
        reply.headers.emplace_back(line.substr(0, colon), line.substr(colon + 2));
    }
    reply.body = payload.substr(std::min(payload.size(), payload_bytes_min + header_bytes));
    reply.sent = true;
    return reply;
}

}  // namespace nightshift::reply_record
