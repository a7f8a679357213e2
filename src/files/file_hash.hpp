// The SHA-256 of a file that is still being written: computed behind the writer, on a worker, so
// that a large file is hashed and on its way to disk by the time its last byte arrives.
//
// `is_due` and `forget` are for the thread that writes, `follow` and `finish` for a worker. Bytes
// that were followed must not be written over.

#pragma once

#include "base/digest.hpp"
#include "base/disk.hpp"

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>

namespace nightshift {

class FileHash {
public:
    explicit FileHash(std::shared_ptr<DiskFile> file) : file_(std::move(file)) {}

    // True when enough was written for `follow` to be called: then it must be, once.
    bool is_due(std::uint64_t written);
    void forget();  // the file is about to be cut to nothing

    // Hashes what was written when `is_due` was asked. What the disk refuses is told by `finish`.
    void follow();
    // Hashes the rest: 64 lower-case digits. Throws StorageError. Afterwards it begins anew.
    std::string finish();

private:
    std::uint64_t read_to(std::uint64_t end);
    void begin_anew();

    std::shared_ptr<DiskFile> file_;
    std::atomic<bool> following_ = false;
    std::atomic<std::uint64_t> due_bytes_ = 0;
    std::mutex mutex_;  // of what is below
    Sha256 digest_;
    std::uint64_t bytes_ = 0;
};

}  // namespace nightshift
