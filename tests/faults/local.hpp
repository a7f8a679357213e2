// What the tests of local faults share: gateways that wait, conditions with a deadline, small
// disks.

#pragma once

#include "tests/e2e/gateway.hpp"

#include <nlohmann/json_fwd.hpp>

#include <condition_variable>
#include <filesystem>
#include <functional>
#include <mutex>
#include <string>

namespace nightshift::test {

// Whether the condition came true within the deadline.
bool soon(const std::function<bool()>& condition, double seconds = 20);

// Holds requests back until it is opened: a run then has something in flight for as long as the
// test wants.
class Gate {
public:
    void pass();  // on a connection's thread: counts the caller, waits until open
    void open();
    bool wait_for(int waiting);  // until so many came

private:
    std::mutex mutex_;
    std::condition_variable changed_;
    int came_ = 0;
    bool open_ = false;
};

// {"pending": 3, ...} of DIR in `folder`.
nlohmann::json counts_of(const ScratchFolder& folder, const std::string& dir = "m.run");
std::string integrity_of(const std::filesystem::path& database);

// A file system of its own in `folder`/disk; unmounted at the end. Needs root: `mounted()` says
// whether it worked.
class SmallDisk {
public:
    SmallDisk(const ScratchFolder& folder, const std::string& options);
    ~SmallDisk();
    SmallDisk(const SmallDisk&) = delete;
    SmallDisk& operator=(const SmallDisk&) = delete;
    bool mounted() const { return mounted_; }
    const std::filesystem::path& path() const { return path_; }
    // A file that leaves just so many bytes; again: with another number.
    void leave_free(std::uint64_t bytes) const;
    void make_room() const;

private:
    std::filesystem::path path_;
    bool mounted_ = false;
};

// A speech task of each number, and a WAV of about so many bytes for it.
std::string speech_lines(int count);
Canned speech_reply(std::size_t bytes);

// What was seen of each task's POST against its last ledger line: ids that were asked for more
// often than the line admits (attempts that are known to be paid, maybe_billed), and ids that have
// not exactly one succeeded line with a whole file. Empty when all is well.
std::string unpaid_or_twice(const ReplayServer& server, const std::filesystem::path& dir,
                            int tasks);

}  // namespace nightshift::test
