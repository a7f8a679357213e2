#include "control/door.hpp"

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>
#include <utility>

namespace nightshift::control {
namespace {

constexpr const char* socket_name = "control";
constexpr int backlog = 16;

Descriptor open_folder(const std::filesystem::path& folder) {
    return Descriptor(::open(folder.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
}

sockaddr_un address_in(const std::filesystem::path& folder, int folder_fd) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    auto path = (folder / socket_name).string();
    if (path.size() >= sizeof address.sun_path) {
        path = "/proc/self/fd/" + std::to_string(folder_fd) + "/" + socket_name;
    }
    path.copy(address.sun_path, sizeof address.sun_path - 1);
    return address;
}

const sockaddr* raw(const sockaddr_un& address) {
    return reinterpret_cast<const sockaddr*>(&address);
}

std::string cause_of(const char* what) {
    return std::string(what) + ": " + std::strerror(errno);
}

}  // namespace

Descriptor& Descriptor::operator=(Descriptor&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
}

Descriptor::~Descriptor() {
    if (fd_ >= 0) close(fd_);
}

int Descriptor::release() {
    return std::exchange(fd_, -1);
}

Door::Door(const std::filesystem::path& folder)
    : folder_(folder), folder_fd_(open_folder(folder)), problem_(open()) {
    if (!problem_.empty()) listener_ = Descriptor();
}

std::string Door::open() {
    if (!folder_fd_.is_open()) return cause_of("open its folder");
    struct stat old {};
    if (fstatat(folder_fd_.get(), socket_name, &old, AT_SYMLINK_NOFOLLOW) == 0) {
        if (!S_ISSOCK(old.st_mode)) return "its name is taken by a file that is not a socket";
        if (unlinkat(folder_fd_.get(), socket_name, 0) != 0) return cause_of("remove the old one");
    }
    listener_ = Descriptor(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    if (!listener_.is_open()) return cause_of("socket");
    const auto address = address_in(folder_, folder_fd_.get());
    if (bind(listener_.get(), raw(address), sizeof address) != 0) return cause_of("bind");
    // Nobody can have connected: it does not listen yet.
    if (fchmodat(folder_fd_.get(), socket_name, 0600, 0) != 0) return cause_of("chmod");
    if (listen(listener_.get(), backlog) != 0) return cause_of("listen");
    return {};
}

Door::~Door() {
    if (listener_.is_open()) unlinkat(folder_fd_.get(), socket_name, 0);
}

Descriptor knock(const std::filesystem::path& folder) {
    const auto folder_fd = open_folder(folder);
    if (!folder_fd.is_open()) return Descriptor();
    Descriptor line(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    if (!line.is_open()) return Descriptor();
    const auto address = address_in(folder, folder_fd.get());
    if (connect(line.get(), raw(address), sizeof address) != 0) return Descriptor();
    return line;
}

bool may_command(uid_t peer, uid_t owner) {
    return peer == owner || peer == 0;
}

bool may_command(int socket) {
    ucred peer{};
    socklen_t size = sizeof peer;
    if (getsockopt(socket, SOL_SOCKET, SO_PEERCRED, &peer, &size) != 0) return false;
    return may_command(peer.uid, geteuid());
}

}  // namespace nightshift::control
