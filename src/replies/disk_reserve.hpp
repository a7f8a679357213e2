// Room on the disk that is set aside while a run lasts, so that replies that are paid and on their
// way still find a place when everything else has filled it.

#pragma once

#include "files/artifact_file.hpp"

namespace nightshift {

class Reserve {
public:
    // Takes limits::reserve_bytes, or a sixteenth of what is free when that is less. A disk that
    // cannot set room aside has no reserve: never an error.
    explicit Reserve(const RunFolders& folders);
    ~Reserve();
    Reserve(const Reserve&) = delete;
    Reserve& operator=(const Reserve&) = delete;

    // Gives the room free for others; false when it was given before.
    bool release();

private:
    std::filesystem::path path() const;

    RunFolders folders_;
    bool held_ = false;
};

}  // namespace nightshift
