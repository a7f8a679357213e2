// A file that appears under its final name only when it is whole: written aside, fsynced, renamed
// without replacing anything, folder fsynced. A crash leaves the part, never a short final file.

#pragma once

#include "base/disk.hpp"
#include "files/file_hash.hpp"
#include "files/media/media.hpp"

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace nightshift {

// Where a run's files lie, and the disk they lie on.
struct RunFolders {
    std::filesystem::path root;  // DIR
    Disk* disk = &posix_disk();  // borrowed
    std::filesystem::path outputs() const { return root / "outputs"; }
    std::filesystem::path hidden() const { return root / ".nightshift"; }  // 0700
    std::filesystem::path parts() const { return hidden() / "parts"; }
    std::filesystem::path replies() const { return hidden() / "replies"; }
    std::filesystem::path ledger() const { return root / "ledger.jsonl"; }
    std::filesystem::path queue() const { return hidden() / "queue.db"; }
};

// A partial file. Opened for appending; the size on disk is where a Range resume goes on.
// All functions throw StorageError (with file, operation and cause) when the disk refuses.
class PartFile {
public:
    // `name` is a file name below parts(), unique to the task and output.
    PartFile(const RunFolders& folders, std::string name);

    std::uint64_t size() const { return size_; }
    void write(std::string_view bytes);
    // When a good deal was written that is not hashed: what to call on a worker, beside further
    // writes, so that `seal` has less to do. Null otherwise.
    std::function<void()> hashing();
    void restart();  // back to length 0
    void discard();  // removes it
    std::string path() const;
    MediaFacts facts() const;
    // Makes what is there durable and says what it is. Blocking: call it on a worker.
    struct Sealed {
        std::uint64_t bytes = 0;
        std::string sha256;
    };
    Sealed seal();
    // The same for a caller that has all that it wrote in memory.
    Sealed seal(std::string_view all);
    // Renames to outputs/<name>, which may have folders in it, and fsyncs the folder. When a file
    // of that name is there already it is adopted if its bytes are the same, else the next free
    // "-2", "-3" is taken: nothing is ever overwritten. Blocking: call it on a worker.
    struct Kept {
        std::string path;  // relative to root: "outputs/x.png"
        std::uint64_t bytes = 0;
        std::string sha256;
    };
    Kept keep(const std::string& final_name, const Sealed& sealed);
    Kept keep(const std::string& final_name) { return keep(final_name, seal()); }

private:
    RunFolders folders_;
    std::string name_;
    std::shared_ptr<DiskFile> file_;
    std::shared_ptr<FileHash> hash_;
    std::uint64_t size_ = 0;
};

// Gives a file of the run that is on disk whole a name in outputs/, as PartFile::keep does, besides
// the one that it has; but the folder is the caller's to sync. Blocking. Throws StorageError, also
// where files cannot have two names.
PartFile::Kept keep_linked(const RunFolders& folders, const std::filesystem::path& path,
                           DiskFile& file, const std::string& final_name,
                           const PartFile::Sealed& sealed);

// A file of outputs/ that has just these bytes; nullptr when there is none. It is durable then.
std::shared_ptr<DiskFile> same_output(const RunFolders& folders, const std::string& name,
                                      const PartFile::Sealed& sealed);

// Makes the folders (hidden ones 0700) and returns those that were missing. Throws StorageError.
std::vector<std::filesystem::path> make_folders(const RunFolders& folders);

// Writes a small file whole, durable and for its owner only: part, fsync, rename over the old
// one, fsync folder.
void write_whole(Disk& disk, const std::filesystem::path& path, std::string_view bytes);
// The whole file; empty when it is not there.
std::string read_whole(Disk& disk, const std::filesystem::path& path);

}  // namespace nightshift
