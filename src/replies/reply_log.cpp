#include "replies/reply_log.hpp"

#include "base/bounds.hpp"
#include "replies/reply_record.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdio>

namespace nightshift {

using reply_record::head_bytes;

namespace {

constexpr std::size_t copied_bytes_max = 64u << 10;  // a copy costs less than a second write
constexpr std::uint64_t worth_freeing_bytes = 1u << 20;
constexpr std::uint64_t rotate_bytes = 8u << 20;  // small enough to be dropped soon
// Of spooled files that wait for the next reply: one is not made and removed for each.
constexpr std::size_t spare_files_max = 32;
constexpr std::uint64_t spare_file_bytes_max = 8u << 20;

// 0: a lifted image, or not a file of ours.
int number_of(const std::string& name) {
    int number = 0;
    const auto* const end = name.data() + name.size();
    const auto [rest, error] = std::from_chars(name.data(), end, number);
    return error == std::errc() && rest == end ? number : 0;
}

// All of a record but the body, which may be large. Returns the size of the payload.
std::size_t append_head(std::string& to, const KeptReply& kept) {
    const auto& reply = *kept.reply;
    const auto begin = to.size();
    to.append(head_bytes, '\0');
    reply_record::append_front(to, kept.row, kept.number, reply.status, reply.headers);
    const auto front = std::string_view(to).substr(begin + head_bytes);
    const auto size = front.size() + reply.body.size();
    const auto crc = reply_record::crc_of(reply.body, reply_record::crc_of(front));
    reply_record::write_head(to.data() + begin,
                             {.size = static_cast<std::uint32_t>(size), .crc = crc});
    return size;
}

}  // namespace

ReplyLog::ReplyLog(const RunFolders& folders) : folders_(folders), reserve_(folders) {
    const auto names = folders_.disk->list(folders_.replies());
    for (const auto& name : names) {
        const int number = number_of(name);
        if (number <= 0) continue;
        scan(number);
        last_ = std::max(last_, number);
    }
    sync_live();
    sort_lifted(names);
    open_next();
}

ReplyLog::~ReplyLog() {
    remove_orphans();
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
        const auto found = reply_record::read_head(head.data());
        const auto at = log.bytes + head_bytes;
        if (!found || at + found->size > log.file->size()) return;
        payload.resize(found->size);
        // Torn by the crash: nothing behind it counts.
        if (log.file->read(at, payload.data(), payload.size()) != payload.size()) return;
        if (reply_record::crc_of(payload) != found->crc) return;
        places_[reply_record::row_and_number(payload)] = {number, at, found->size};
        ++log.live;
        log.bytes = at + found->size;
    }
}

// What a killed process wrote is there to be read, and may still be lost with the power.
void ReplyLog::sync_live() {
    for (const auto& [number, log] : files_) {
        if (log.live > 0) log.file->sync();
    }
}

// Those of replies that are here are theirs; no reply will ever ask for the others.
void ReplyLog::sort_lifted(const std::vector<std::string>& names) {
    for (const auto& name : names) {
        long long row = 0, number = 0;
        int index = 0;
        if (std::sscanf(name.c_str(), "lifted-%lld-%lld-%d", &row, &number, &index) != 3) continue;
        if (index < 1 || index > limits::outputs_max) continue;  // not of ours
        auto& count = lifted_[{row, number}];
        count = std::max(count, index);
    }
    remove_orphans();
}

void ReplyLog::remove_orphans() {
    const auto all = lifted_;
    for (const auto& [key, count] : all) {
        if (places_.count(key) == 0) remove_lifted(key.first, key.second);
    }
}

std::filesystem::path ReplyLog::lifted_path(std::int64_t row, std::int64_t number,
                                            int index) const {
    return folders_.replies() / fmt::format("lifted-{}-{}-{}", row, number, index);
}

std::shared_ptr<WriteBehind> ReplyLog::lift(std::int64_t row, std::int64_t number, int index) {
    lifted_[{row, number}] = index;
    return std::make_shared<WriteBehind>(*folders_.disk, lifted_path(row, number, index), room_);
}

std::shared_ptr<DiskFile> ReplyLog::open_lifted(std::int64_t row, std::int64_t number,
                                                int index) const {
    return folders_.disk->open(lifted_path(row, number, index), OpenFor::reading);
}

int ReplyLog::lifted(std::int64_t row, std::int64_t number) const {
    const auto found = lifted_.find({row, number});
    return found == lifted_.end() ? 0 : found->second;
}

void ReplyLog::remove_lifted(std::int64_t row, std::int64_t number) noexcept {
    const int count = lifted(row, number);
    lifted_.erase({row, number});
    for (int index = 1; index <= count; ++index) {
        try {
            folders_.disk->remove(lifted_path(row, number, index));
        } catch (const StorageError&) {
            continue;
        }
    }
}

void ReplyLog::open_next() {
    current_ = make_file();
}

int ReplyLog::make_file() {
    auto file = folders_.disk->open(path_of(last_ + 1), OpenFor::making);
    files_[++last_].file = std::move(file);
    return last_;
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

std::unique_ptr<ReplySpool> ReplyLog::begin(std::int64_t row, std::int64_t number, int status,
                                            const http::Headers& headers) {
    if (spare_.empty()) {
        spare_.push_back(make_file());
        files_[spare_.back()].spooled = true;
    }
    const int file = spare_.back();
    auto spool =
        std::make_unique<ReplySpool>(file, files_[file].file, row, number, status, headers);
    spare_.pop_back();
    return spool;
}

void ReplyLog::keep(ReplySpool& spool) {
    spool.seal();
    auto& log = files_[spool.file_number()];
    log.live = 1;
    log.bytes = head_bytes + spool.payload_bytes();
    places_[{spool.row(), spool.number()}] = {spool.file_number(), head_bytes,
                                              static_cast<std::uint32_t>(spool.payload_bytes())};
}

void ReplyLog::discard(const ReplySpool& spool) {
    files_[spool.file_number()].bytes = head_bytes + spool.payload_bytes();
    empty_spooled(spool.file_number());
}

void ReplyLog::empty_spooled(int number) {
    auto& log = files_[number];
    if (spare_.size() < spare_files_max && log.bytes <= spare_file_bytes_max) {
        log.file->write(0, reply_record::no_head);
        log.bytes = 0;
        spare_.push_back(number);
        return;
    }
    files_.erase(number);
    folders_.disk->remove(path_of(number));
}

void ReplyLog::drop(std::int64_t row, std::int64_t number) {
    remove_lifted(row, number);
    const auto found = places_.find({row, number});
    if (found == places_.end()) return;
    const int file = found->second.file;
    places_.erase(found);
    auto& log = files_[file];
    if (--log.live > 0) return;
    if (log.spooled) return empty_spooled(file);
    if (file == current_) {
        if (log.bytes < worth_freeing_bytes) return;
        log.file->truncate(0);
        log.bytes = 0;
        return;
    }
    files_.erase(file);
    folders_.disk->remove(path_of(file));
}

void ReplyLog::drop_all_but(const std::set<std::pair<std::int64_t, std::int64_t>>& wanted) {
    std::vector<std::pair<std::int64_t, std::int64_t>> dropped;
    for (const auto& [key, place] : places_) {
        if (wanted.count(key) == 0) dropped.push_back(key);
    }
    for (const auto& [row, number] : dropped) drop(row, number);
}

std::optional<http::Reply> ReplyLog::recover(std::int64_t row, std::int64_t number) {
    const auto found = places_.find({row, number});
    if (found == places_.end()) return std::nullopt;
    const auto& place = found->second;
    std::string payload(place.size, '\0');
    const auto got = files_[place.file].file->read(place.offset, payload.data(), payload.size());
    if (got != payload.size()) return std::nullopt;
    return reply_record::reply_of(payload);
}

}  // namespace nightshift
