// The file system as a run uses it: the seam that the simulator replaces by one that forgets what
// was not synced. Paths are absolute or relative to the working folder. Everything throws
// StorageError ("<operation> <path>: <cause>") when the disk refuses, DiskFull when it has no room.

#pragma once

#include "base/failure.hpp"

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace nightshift {

// How much room a file system has, and when that is too little to pay for more.
struct DiskSpace {
    std::uint64_t free_bytes = 0;  // for us; what is reserved for root does not count
    std::uint64_t total_bytes = 0;
};

// Less than limits::disk_left_bytes and less than limits::disk_left_share of it all.
bool is_nearly_full(const DiskSpace& space);

class DiskFull : public StorageError {
public:
    using StorageError::StorageError;
};

// An open file; closed by its destructor.
class DiskFile {
public:
    virtual ~DiskFile() = default;
    virtual std::uint64_t size() = 0;
    // Fewer bytes than asked for only at the end of the file.
    virtual std::size_t read(std::uint64_t offset, char* to, std::size_t count) = 0;
    // All of it, or it throws: then any part of it may have been written.
    virtual void write(std::uint64_t offset, std::string_view bytes) = 0;
    virtual void truncate(std::uint64_t size) = 0;
    // Makes room for that many bytes, from the beginning; their content is undefined.
    virtual void allocate(std::uint64_t size) = 0;
    virtual void sync() = 0;
    // These bytes may go to disk from here on: a later `sync` has less to wait for.
    virtual void begin_sync(std::uint64_t, std::uint64_t) {}
    // Mode 0644, less what the umask takes away: outputs are for other users, too.
    virtual void show_to_others() = 0;
    virtual void set_mode(unsigned) {}  // of a file that was just made
};

enum class OpenFor {
    reading,  // must be there
    writing,  // made, owner only, when it is not there
    making,   // must not be there yet; owner only
};

class Disk {
public:
    virtual ~Disk() = default;

    // Regular files only; the last step of the path is never a symbolic link.
    virtual std::unique_ptr<DiskFile> open(const std::filesystem::path& path, OpenFor what) = 0;
    // For reading, step by step below `folder`: no step of `below` is a symbolic link.
    virtual std::unique_ptr<DiskFile> open_below(const std::filesystem::path& folder,
                                                 const std::filesystem::path& below) {
        return open(folder / below, OpenFor::reading);
    }
    virtual bool exists(const std::filesystem::path& path) = 0;
    // False when `to` is taken: nothing is ever overwritten.
    virtual bool rename_new(const std::filesystem::path& from, const std::filesystem::path& to) = 0;
    // A second name for the same file; false when `to` is taken. Not every file system can.
    virtual bool link_new(const std::filesystem::path& from, const std::filesystem::path& to) = 0;
    virtual void replace(const std::filesystem::path& from, const std::filesystem::path& to) = 0;
    virtual void remove(const std::filesystem::path& path) = 0;  // not there: fine
    virtual std::vector<std::string> list(const std::filesystem::path& folder) = 0;  // names
    // Its parents, too. False when it is there already; a link of that name is refused. One for
    // its owner only is made so again if a copy or an archive left it wider.
    virtual bool make_folder(const std::filesystem::path& path, bool owner_only) = 0;
    // The folders of `below` in `folder`, none of them a symbolic link; new ones are durable.
    virtual void make_folders_below(const std::filesystem::path& /*folder*/,
                                    const std::filesystem::path& /*below*/) {}
    virtual void sync_folder(const std::filesystem::path& path) = 0;
    // Nothing when the file system does not say.
    virtual std::optional<DiskSpace> space(const std::filesystem::path& path) = 0;
    // Names the present boot of the machine: what another boot wrote and did not sync may have
    // holes. Empty when unknown.
    virtual std::string boot() = 0;
};

Disk& posix_disk();

}  // namespace nightshift
