// Record: 8 bytes magic, u32 size, u32 CRC-32 of the payload; payload: i64 row, i64 number,
// i32 status, u32 header bytes, headers ("name: value\n"), body. Little endian; the files never
// leave the machine.

#include "output/reply_log.hpp"

#include "core/failure.hpp"

#include <boost/crc.hpp>

#include <array>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <limits>
#include <sys/stat.h>
#include <unistd.h>

namespace nightshift {
namespace {

constexpr std::array<char, 8> magic = {'n', 's', 'r', 'e', 'p', 'l', 'y', '1'};
constexpr std::size_t head_bytes = 16;
constexpr std::size_t fixed_bytes = 24;
constexpr std::uint64_t rotate_bytes = 32u << 20;  // small enough to be dropped soon

[[noreturn]] void fail(const std::string& operation, const std::string& path) {
    throw StorageError(operation + " " + path + ": " + std::strerror(errno));
}

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

std::uint32_t crc_of(std::string_view bytes) {
    boost::crc_32_type crc;
    crc.process_bytes(bytes.data(), bytes.size());
    return crc.checksum();
}

std::string payload_of(std::int64_t row, std::int64_t number, const http::Reply& reply) {
    std::string headers;
    for (const auto& [name, value] : reply.headers) headers += name + ": " + value + "\n";
    std::string payload;
    payload.reserve(fixed_bytes + headers.size() + reply.body.size());
    put(payload, row);
    put(payload, number);
    put(payload, std::int32_t{reply.status});
    put(payload, static_cast<std::uint32_t>(headers.size()));
    return payload + headers + reply.body;
}

http::Reply reply_of(std::string_view payload) {
    http::Reply reply;
    reply.status = get<std::int32_t>(payload.data() + 16);
    const auto header_bytes = get<std::uint32_t>(payload.data() + 20);
    auto headers = payload.substr(fixed_bytes, header_bytes);
    while (!headers.empty()) {
        const auto line = headers.substr(0, headers.find('\n'));
        headers.remove_prefix(std::min(headers.size(), line.size() + 1));
        const auto colon = line.find(": ");
        if (colon == std::string_view::npos) continue;
        reply.headers.emplace_back(line.substr(0, colon), line.substr(colon + 2));
    }
    reply.body = payload.substr(std::min(payload.size(), fixed_bytes + header_bytes));
    reply.sent = true;
    return reply;
}

}  // namespace

ReplyLog::ReplyLog(const RunFolders& folders) : folders_(folders) {
    const auto folder = folders.hidden() / "replies";
    std::error_code error;
    std::filesystem::create_directories(folder, error);
    for (const auto& entry : std::filesystem::directory_iterator(folder, error)) {
        const auto name = entry.path().filename().string();
        const int file = std::atoi(name.c_str());
        if (file <= 0) continue;
        files_[file].path = entry.path().string();
        current_ = std::max(current_, file);
    }
    for (auto& [file, facts] : files_) scan(file);
    open_next();
}

ReplyLog::~ReplyLog() {
    for (auto& [number, file] : files_) {
        if (file.fd >= 0) close(file.fd);
        if (file.live == 0) unlink(file.path.c_str());
    }
}

void ReplyLog::scan(int number) {
    auto& file = files_[number];
    file.fd = open(file.path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    if (file.fd < 0) fail("open", file.path);
    std::array<char, head_bytes> head{};
    std::string payload;
    while (pread(file.fd, head.data(), head.size(), static_cast<off_t>(file.bytes)) ==
           static_cast<ssize_t>(head.size())) {
        if (std::memcmp(head.data(), magic.data(), magic.size()) != 0) return;
        const auto size = get<std::uint32_t>(head.data() + 8);
        payload.resize(size);
        const auto at = file.bytes + head_bytes;
        if (size < fixed_bytes ||
            pread(file.fd, payload.data(), size, static_cast<off_t>(at)) != ssize_t{size} ||
            crc_of(payload) != get<std::uint32_t>(head.data() + 12)) {
            return;  // torn by the crash: nothing behind it counts
        }
        places_[{get<std::int64_t>(payload.data()), get<std::int64_t>(payload.data() + 8)}] = {
            number, at, size};
        ++file.live;
        file.bytes = at + size;
    }
}

void ReplyLog::open_next() {
    ++current_;
    auto& file = files_[current_];
    file.path = (folders_.hidden() / "replies" / std::to_string(current_)).string();
    file.fd = open(file.path.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (file.fd < 0) fail("create", file.path);
}

void ReplyLog::keep(std::int64_t row, std::int64_t number, const http::Reply& reply) {
    const auto payload = payload_of(row, number, reply);
    if (payload.size() > std::numeric_limits<std::uint32_t>::max()) return;
    std::string record(magic.data(), magic.size());
    put(record, static_cast<std::uint32_t>(payload.size()));
    put(record, crc_of(payload));
    record += payload;
    auto& file = files_[current_];
    std::string_view left = record;
    while (!left.empty()) {
        const auto at = static_cast<off_t>(file.bytes + record.size() - left.size());
        const auto written = pwrite(file.fd, left.data(), left.size(), at);
        if (written < 0 && errno == EINTR) continue;
        if (written < 0) fail("write", file.path);
        left.remove_prefix(static_cast<std::size_t>(written));
    }
    places_[{row, number}] = {current_, file.bytes + head_bytes,
                              static_cast<std::uint32_t>(payload.size())};
    ++file.live;
    file.bytes += record.size();
    if (file.bytes >= rotate_bytes) open_next();
}

void ReplyLog::drop(std::int64_t row, std::int64_t number) {
    const auto found = places_.find({row, number});
    if (found == places_.end()) return;
    const int file = found->second.file;
    places_.erase(found);
    if (--files_[file].live == 0 && file != current_) retire(file);
}

void ReplyLog::retire(int number) {
    auto& file = files_[number];
    close(file.fd);
    unlink(file.path.c_str());
    files_.erase(number);
}

std::optional<http::Reply> ReplyLog::recover(std::int64_t row, std::int64_t number) {
    const auto found = places_.find({row, number});
    if (found == places_.end()) return std::nullopt;
    const auto& place = found->second;
    std::string payload(place.size, '\0');
    if (pread(files_[place.file].fd, payload.data(), payload.size(),
              static_cast<off_t>(place.offset)) != static_cast<ssize_t>(payload.size())) {
        return std::nullopt;
    }
    return reply_of(payload);
}

}  // namespace nightshift
