#include "http/curl/tcp_cork.hpp"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <utility>

namespace nightshift::http {
namespace {

void set_cork(const std::vector<int>& sockets, int on) {
    for (const int fd : sockets) setsockopt(fd, IPPROTO_TCP, TCP_CORK, &on, sizeof on);
}

}  // namespace

Cork::Cork(std::vector<int> sockets) : sockets_(std::move(sockets)) {
    set_cork(sockets_, 1);
}

Cork::~Cork() {
    set_cork(sockets_, 0);
}

}  // namespace nightshift::http
