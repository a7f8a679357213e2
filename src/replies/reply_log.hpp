// Paid replies, on disk before they are parsed: an append-only log of whole replies to POSTs. It
// survives kill -9; after a power cut the attempt of a reply that was not synced is unknown, which
// the contract allows. A record is dropped when the ending of its attempt is committed, and with it
// the files of the images that were lifted from its reply.

#pragma once

#include "files/artifact_file.hpp"
#include "http/message.hpp"
#include "replies/disk_reserve.hpp"
#include "replies/reply_spool.hpp"
#include "replies/write_behind.hpp"

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace nightshift {

// On its way into the log. Borrowed for the call.
struct KeptReply {
    std::int64_t row = 0, number = 0;
    const http::Reply* reply = nullptr;
};

class ReplyLog {
public:
    // Reads what an earlier run left (torn tails are ignored), ready to append. Throws
    // StorageError.
    explicit ReplyLog(const RunFolders& folders);
    ~ReplyLog();
    ReplyLog(const ReplyLog&) = delete;
    ReplyLog& operator=(const ReplyLog&) = delete;

    // With one write, but for large bodies; into the room of the reserve when the disk is full.
    // False when that is used up, too: none is kept, and the same may be tried again. Throws
    // StorageError.
    bool keep(const std::vector<KeptReply>& replies);
    // Where the last replies went, to be synced. It stays good when the log moves on.
    std::shared_ptr<DiskFile> current() const { return files_.at(current_).file; }
    // For a reply that is too large to wait in memory until it is whole. Give it to keep() or to
    // discard(). Throws StorageError.
    std::unique_ptr<ReplySpool> begin(std::int64_t row, std::int64_t number, int status,
                                      const http::Headers& headers);
    // It is whole. Throws StorageError, and then it is not kept.
    void keep(ReplySpool& spool);
    void discard(const ReplySpool& spool);
    // A file for the next image lifted from a reply that is still arriving; `index` from 1. It is
    // the caller's to sync before the reply itself is kept. Throws StorageError.
    std::shared_ptr<WriteBehind> lift(std::int64_t row, std::int64_t number, int index);
    // The same again, from any thread. Throws StorageError.
    std::shared_ptr<DiskFile> open_lifted(std::int64_t row, std::int64_t number, int index) const;
    std::filesystem::path lifted_path(std::int64_t row, std::int64_t number, int index) const;
    // How many there are of a reply.
    int lifted(std::int64_t row, std::int64_t number) const;
    // The reply will not be kept with its lifted images: their files go. What the disk does not
    // remove the next run does.
    void remove_lifted(std::int64_t row, std::int64_t number) noexcept;
    // The attempt's ending is durable: its record is not needed any more.
    void drop(std::int64_t row, std::int64_t number);
    // What earlier runs left and nobody asks for any more: all but these (row, number) are dropped.
    void drop_all_but(const std::set<std::pair<std::int64_t, std::int64_t>>& wanted);
    // A reply left by a run that died; call before the first keep().
    std::optional<http::Reply> recover(std::int64_t row, std::int64_t number);

private:
    struct Place {
        int file = 0;
        std::uint64_t offset = 0;  // of the payload
        std::uint32_t size = 0;
    };
    struct File {
        std::shared_ptr<DiskFile> file;
        std::uint64_t bytes = 0;  // whole records
        std::int64_t live = 0;    // records not dropped yet
        bool spooled = false;     // of one large reply: used again for another
    };

    void scan(int number);
    void sync_live();
    void sort_lifted(const std::vector<std::string>& names);
    void remove_orphans();
    void open_next();
    int make_file();
    void empty_spooled(int number);
    std::filesystem::path path_of(int number) const;

    // Where each of them went, in `current_`; sets `end` to what is behind the last one.
    std::vector<Place> write(const std::vector<KeptReply>& replies, std::uint64_t& end);

    RunFolders folders_;
    Reserve reserve_;
    std::map<int, File> files_;
    std::map<std::pair<std::int64_t, std::int64_t>, Place> places_;
    std::map<std::pair<std::int64_t, std::int64_t>, int> lifted_;  // how many
    std::shared_ptr<WriteRoom> room_ = std::make_shared<WriteRoom>();
    std::vector<int> spare_;  // spooled files that hold no reply
    int last_ = 0;            // the highest number of a file
    int current_ = 0;
};

}  // namespace nightshift
