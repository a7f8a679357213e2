// A new file that is made, written, hashed and synced behind whoever has its bytes: in order, on
// workers, which take what waits as it comes. What waits stays in memory, also when the disk
// refuses it; of all files of a WriteRoom together there is a bound, beyond which `add` writes.
//
// `add` is for the thread that has the bytes, everything else for any.

#pragma once

#include "base/digest.hpp"
#include "base/disk.hpp"
#include "replies/write_memory.hpp"

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <filesystem>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>

namespace nightshift {

class WriteBehind {
public:
    // For a file that is not there yet. The disk must outlive it.
    WriteBehind(Disk& disk, std::filesystem::path path, std::shared_ptr<WriteRoom> room);
    ~WriteBehind();
    WriteBehind(const WriteBehind&) = delete;
    WriteBehind& operator=(const WriteBehind&) = delete;

    // Memory for a piece to add: of any length, with any content.
    std::string spare() { return room_->spare(); }
    // The first `bytes` of a piece. True: enough waits for `follow` to be called, once. Throws
    // StorageError when the disk has refused what came before, and still does: then the piece is
    // not added.
    bool add(std::string piece, std::size_t bytes);
    // Writes what waits. What the disk refuses is told by the next `add`, or by `finish`.
    void follow();
    // Writes what waits and makes all of it durable: the SHA-256, 64 lower-case digits. To be
    // called once, at the end. Throws StorageError.
    std::string finish();
    // Nothing is written any more: the file may be removed.
    void abandon();
    // All that was added, in its order, wherever it is; in pieces of whole multiples of three
    // bytes but for the last, as long as those added were. Throws StorageError.
    void give(const std::function<void(std::string_view)>& to);

private:
    struct Piece {
        std::string memory;
        std::size_t bytes = 0;
        std::string_view text() const { return std::string_view(memory).substr(0, bytes); }
    };
    void write_waiting();
    void write(const Piece& piece);
    DiskFile& file();

    Disk& disk_;
    std::filesystem::path path_;
    std::shared_ptr<WriteRoom> room_;
    std::atomic<bool> following_ = false;
    std::atomic<bool> refused_ = false;

    std::mutex queue_mutex_;
    std::deque<Piece> queue_;  // not written yet; its front may be on its way
    std::size_t queued_bytes_ = 0;

    std::mutex file_mutex_;  // of what is below
    std::unique_ptr<DiskFile> file_;
    std::uint64_t written_bytes_ = 0;
    Sha256 digest_;
    bool abandoned_ = false;
};

}  // namespace nightshift
