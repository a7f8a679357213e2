// The control socket of a run directory: DIR/.nightshift/control, for its owner only.
//
// A socket's address holds 107 bytes of path (unix(7)). Where a path is longer, the folder is
// opened and the socket is named by /proc/self/fd/N/control, which is the same file.

#pragma once

#include <filesystem>
#include <string>
#include <sys/types.h>

namespace nightshift::control {

// A file descriptor that is closed with its owner.
class Descriptor {
public:
    explicit Descriptor(int fd = -1) : fd_(fd) {}
    Descriptor(Descriptor&& other) noexcept : fd_(other.release()) {}
    Descriptor& operator=(Descriptor&& other) noexcept;
    ~Descriptor();
    int get() const { return fd_; }
    int release();
    bool is_open() const { return fd_ >= 0; }

private:
    int fd_;
};

// The listening end. Clients are let in by the kernel from here on and wait for their answers.
class Door {
public:
    // The caller holds the run's lock: a socket that lies there is one that a killed run left, and
    // is removed. Never throws: when it cannot be opened, `problem` says why, and the run goes on
    // without it.
    explicit Door(const std::filesystem::path& folder);
    ~Door();  // removes the socket
    Door(const Door&) = delete;
    Door& operator=(const Door&) = delete;

    int listener() const { return listener_.get(); }
    const std::string& problem() const { return problem_; }

private:
    std::string open();

    std::filesystem::path folder_;
    Descriptor folder_fd_, listener_;
    std::string problem_;
};

// Knocks; not open with errno set when nobody listens.
Descriptor knock(const std::filesystem::path& folder);

// Who has the other end (SO_PEERCRED, unix(7)): its owner or root may give orders.
bool may_command(int socket);
bool may_command(uid_t peer, uid_t owner);

}  // namespace nightshift::control
