// A disk in memory that knows what would survive: a killed process leaves everything that it
// wrote; a power cut leaves what was synced, and of the rest whatever the dice let through, sector
// by sector. Names follow a journaled file system: creating, renaming and removing happen in order,
// and syncing a file or its folder makes everything up to there durable.

#pragma once

#include "base/disk.hpp"
#include "base/random.hpp"

#include <map>
#include <optional>

namespace nightshift::test {

class SimDisk : public Disk {
public:
    enum class Crash { killed, power_cut };

    explicit SimDisk(std::uint64_t seed) : random_(seed) {}

    std::unique_ptr<DiskFile> open(const std::filesystem::path& path, OpenFor what) override;
    bool exists(const std::filesystem::path& path) override;
    bool rename_new(const std::filesystem::path& from, const std::filesystem::path& to) override;
    bool link_new(const std::filesystem::path& from, const std::filesystem::path& to) override;
    void replace(const std::filesystem::path& from, const std::filesystem::path& to) override;
    void remove(const std::filesystem::path& path) override;
    std::vector<std::string> list(const std::filesystem::path& folder) override;
    bool make_folder(const std::filesystem::path&, bool) override { return false; }
    void sync_folder(const std::filesystem::path& path) override;
    std::optional<DiskSpace> space(const std::filesystem::path& path) override;
    std::string boot() override { return std::to_string(boots_); }

    // The process stops at its n-th change from now on: that one may be half done, and every later
    // one throws. 0: never.
    void stop_after(std::uint64_t changes) { stop_at_ = changes == 0 ? 0 : changes_ + changes; }
    // The n-th change from now on fails with EIO, once.
    void fail_after(std::uint64_t changes) { fail_at_ = changes == 0 ? 0 : changes_ + changes; }
    void stop() { stopped_ = true; }
    bool stopped() const { return stopped_; }
    // What the next process finds. Open files of the old one must be closed by then.
    void crash(Crash how);
    void set_capacity(std::uint64_t bytes) { capacity_ = bytes; }
    std::uint64_t used() const { return used_; }
    std::uint64_t changes() const { return changes_; }

    // For the judge.
    std::map<std::string, std::string> files_below(const std::string& folder) const;

private:
    friend class SimFile;
    struct Write {
        std::uint64_t offset = 0;
        std::string bytes;
        std::optional<std::uint64_t> truncate;  // instead of a write
    };
    struct Inode {
        std::string now, durable;
        std::vector<Write> unsynced;
        std::uint64_t set_aside = 0;  // room without content
    };
    using Node = std::shared_ptr<Inode>;
    struct NameChange {  // `to` gets the node, `from` loses it; either may be empty
        std::string from, to;
        Node node;
    };
    using Names = std::map<std::string, Node>;

    static std::string key_of(const std::filesystem::path& path);
    static void apply(std::string& bytes, const Write& write);
    static void apply(Names& names, const NameChange& change);
    void change_names(NameChange change);
    void commit_names(std::size_t count);
    // Counts one change; throws when the process is stopped by it or it fails. True: this is the
    // change at which it stops, so that a part of it may still be done.
    bool begin_change(const std::string& what);
    // The same for a sync: the process stops before or after it was done.
    void begin_sync(const std::string& what);
    [[noreturn]] void fail(const std::string& what) const;
    void write(const Node& node, Write write, const std::string& path);
    void allocate(const Node& node, std::uint64_t size, const std::string& path);
    void sync(const Node& node, const std::string& path);

    Random random_;
    Names names_, durable_names_;
    std::vector<NameChange> unsynced_names_;
    std::uint64_t changes_ = 0, stop_at_ = 0, fail_at_ = 0;
    std::uint64_t capacity_ = 1ull << 40, used_ = 0;
    bool stopped_ = false;
    int boots_ = 1;
};

}  // namespace nightshift::test
