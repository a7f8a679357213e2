// Record: 8 bytes magic, u32 size, u32 CRC-32 of the payload; payload: i64 row, i64 number,
// i32 status, u32 header bytes, headers ("name: value\n"), body. Little endian; the files never
// leave the machine.

#include "output/reply_log.hpp"

#include <zlib.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <cstring>

namespace nightshift {
namespace {

constexpr std::array<char, 8> magic = {'n', 's', 'r', 'e', 'p', 'l', 'y', '1'};
constexpr std::size_t head_bytes = 16;
constexpr std::size_t crc_at = 12;
constexpr std::size_t fixed_bytes = 24;
constexpr std::size_t copied_bytes_max = 64u << 10;  // a copy costs less than a second write
constexpr std::uint64_t worth_freeing_bytes = 1u << 20;
constexpr std::uint64_t rotate_bytes = 8u << 20;  // small enough to be dropped soon

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

std::uint32_t crc_of(std::string_view bytes, std::string_view more = {}) {
    uLong crc = 0;
    for (const auto part : {bytes, more}) {
        if (part.empty()) continue;  // zlib takes its null pointer for a question
        crc = crc32_z(crc, reinterpret_cast<const Bytef*>(part.data()), part.size());
    }
    return static_cast<std::uint32_t>(crc);
}

std::size_t bytes_of(const http::Headers& headers) {
    std::size_t bytes = 0;
    for (const auto& [name, value] : headers) bytes += name.size() + value.size() + 3;
    return bytes;
}

// All of a record but the body, which may be large. Returns the size of the payload.
std::size_t append_head(std::string& to, const KeptReply& kept) {
    const auto& reply = *kept.reply;
    const auto header_bytes = bytes_of(reply.headers);
    const auto size = fixed_bytes + header_bytes + reply.body.size();
    const auto begin = to.size();
    to.reserve(begin + head_bytes + std::min(size, copied_bytes_max));
    to.append(magic.data(), magic.size());
    put(to, static_cast<std::uint32_t>(size));
    put(to, std::uint32_t{0});
    put(to, kept.row);
    put(to, kept.number);
    put(to, std::int32_t{reply.status});
    put(to, static_cast<std::uint32_t>(header_bytes));
    for (const auto& [name, value] : reply.headers) {
        to.append(name).append(": ").append(value).append(1, '\n');
    }
    const auto crc = crc_of(std::string_view(to).substr(begin + head_bytes), reply.body);
    std::memcpy(to.data() + begin + crc_at, &crc, sizeof crc);
    return size;
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

ReplyLog::ReplyLog(const RunFolders& folders) : folders_(folders), reserve_(folders) {
    for (const auto& name : folders_.disk->list(folders_.replies())) {
        const int number = std::atoi(name.c_str());
        if (number <= 0) continue;
        scan(number);
        current_ = std::max(current_, number);
    }
    sync_live();
    open_next();
}

ReplyLog::~ReplyLog() {
    for (auto& [number, file] : files_) {
        file.file.reset();
        if (file.live > 0) continue;
        try {
            folders_.disk->remove(path_of(number));
        } catch (const StorageError&) {
            break;  // empty files stay; the next run removes them
        }
    }
}

std::filesystem::path ReplyLog::path_of(int number) const {
    return folders_.replies() / std::to_string(number);
}

void ReplyLog::scan(int number) {
    auto& log = files_[number];
    log.file = folders_.disk->open(path_of(number), OpenFor::reading);
    std::array<char, head_bytes> head{};
    std::string payload;
    while (log.file->read(log.bytes, head.data(), head.size()) == head.size()) {
        if (std::memcmp(head.data(), magic.data(), magic.size()) != 0) return;
        const auto size = get<std::uint32_t>(head.data() + 8);
        const auto at = log.bytes + head_bytes;
        if (size < fixed_bytes || at + size > log.file->size()) return;
        payload.resize(size);
        // Torn by the crash: nothing behind it counts.
        if (log.file->read(at, payload.data(), size) != size) return;
        if (crc_of(payload) != get<std::uint32_t>(head.data() + crc_at)) return;
        places_[{get<std::int64_t>(payload.data()), get<std::int64_t>(payload.data() + 8)}] = {
            number, at, size};
        ++log.live;
        log.bytes = at + size;
    }
}

// What a killed process wrote is there to be read, and may still be lost with the power.
void ReplyLog::sync_live() {
    for (const auto& [number, log] : files_) {
        if (log.live > 0) log.file->sync();
    }
}

void ReplyLog::open_next() {
    const int next = current_ + 1;
    auto file = folders_.disk->open(path_of(next), OpenFor::making);
    files_[next].file = std::move(file);
    current_ = next;
}

std::vector<ReplyLog::Place> ReplyLog::write(const std::vector<KeptReply>& replies,
                                             std::uint64_t& end) {
    const auto& log = files_[current_];
    std::vector<Place> places;
    std::string records;  // not yet written: from `end` on
    end = log.bytes;
    const auto write_now = [&](std::string_view bytes) {
        if (!bytes.empty()) log.file->write(end, bytes);
        end += bytes.size();
    };
    for (const auto& kept : replies) {
        const std::string_view body = kept.reply->body;
        const auto size = append_head(records, kept);
        const auto payload = end + records.size() - (size - body.size());
        places.push_back({current_, payload, static_cast<std::uint32_t>(size)});
        if (body.size() <= copied_bytes_max) {
            records += body;
            continue;
        }
        write_now(records);
        records.clear();
        write_now(body);
    }
    write_now(records);
    return places;
}

bool ReplyLog::keep(const std::vector<KeptReply>& replies) {
    if (files_[current_].bytes >= rotate_bytes) open_next();
    std::uint64_t end = 0;
    std::vector<Place> places;
    try {
        places = write(replies, end);
    } catch (const DiskFull&) {
        if (!reserve_.release()) return false;
        try {
            places = write(replies, end);
        } catch (const DiskFull&) {
            return false;
        }
    }
    auto& log = files_[current_];
    for (std::size_t i = 0; i < replies.size(); ++i) {
        places_[{replies[i].row, replies[i].number}] = places[i];
    }
    log.live += static_cast<std::int64_t>(replies.size());
    log.bytes = end;
    return true;
}

void ReplyLog::drop(std::int64_t row, std::int64_t number) {
    const auto found = places_.find({row, number});
    if (found == places_.end()) return;
    const int file = found->second.file;
    places_.erase(found);
    auto& log = files_[file];
    if (--log.live > 0) return;
    if (file == current_) {
        if (log.bytes < worth_freeing_bytes) return;
        log.file->truncate(0);
        log.bytes = 0;
        return;
    }
    files_.erase(file);
    folders_.disk->remove(path_of(file));
}

std::optional<http::Reply> ReplyLog::recover(std::int64_t row, std::int64_t number) {
    const auto found = places_.find({row, number});
    if (found == places_.end()) return std::nullopt;
    const auto& place = found->second;
    std::string payload(place.size, '\0');
    const auto got = files_[place.file].file->read(place.offset, payload.data(), payload.size());
    if (got != payload.size()) return std::nullopt;
    return reply_of(payload);
}

}  // namespace nightshift
