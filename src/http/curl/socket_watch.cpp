#include "http/curl/socket_watch.hpp"

#include <boost/asio/posix/stream_descriptor.hpp>

#include <sys/epoll.h>

#include <array>
#include <cerrno>
#include <system_error>
#include <utility>

namespace nightshift::http {
namespace {

constexpr int events_max = 16;  // of one look; what is left is there at the next

std::uint32_t epoll_of(int curl_events) {
    constexpr std::uint32_t in = EPOLLIN, out = EPOLLOUT;
    return ((curl_events & CURL_CSELECT_IN) != 0 ? in : 0) |
           ((curl_events & CURL_CSELECT_OUT) != 0 ? out : 0);
}

// A socket that failed or was closed is ready for whatever libcurl wants: it finds out by itself.
int curl_of(std::uint32_t epoll_events) {
    constexpr std::uint32_t ended = EPOLLERR | EPOLLHUP;
    return ((epoll_events & (EPOLLIN | ended)) != 0 ? CURL_CSELECT_IN : 0) |
           ((epoll_events & (EPOLLOUT | ended)) != 0 ? CURL_CSELECT_OUT : 0);
}

}  // namespace

// Shared with the wait that is pending in the loop, which may come back after the watch is gone.
struct SocketWatch::Epoll {
    Epoll(boost::asio::io_context& io, SocketWatch* watch) : descriptor(io), owner(watch) {
        const int fd = epoll_create1(EPOLL_CLOEXEC);
        if (fd < 0) throw std::system_error(errno, std::generic_category(), "epoll_create1");
        descriptor.assign(fd);
    }
    int fd() { return descriptor.native_handle(); }

    boost::asio::posix::basic_stream_descriptor<Executor> descriptor;
    SocketWatch* owner;
    bool on = false;
    bool waiting = false;
};

SocketWatch::SocketWatch(boost::asio::io_context& io, Ready ready)
    : ready_(std::move(ready)), epoll_(std::make_shared<Epoll>(io, this)) {}

SocketWatch::~SocketWatch() {
    turn_off();
    epoll_->owner = nullptr;
}

void SocketWatch::turn_on() {
    epoll_->on = true;
    wait();
}

void SocketWatch::turn_off() {
    epoll_->on = false;
    if (epoll_->waiting) epoll_->descriptor.cancel();
}

void SocketWatch::wait() {
    if (!epoll_->on || epoll_->waiting) return;
    epoll_->waiting = true;
    epoll_->descriptor.async_wait(boost::asio::posix::descriptor_base::wait_read,
                                  [epoll = epoll_](const boost::system::error_code& ec) {
                                      epoll->waiting = false;
                                      if (epoll->owner == nullptr) return;
                                      if (!ec && epoll->on) epoll->owner->look();
                                      epoll->owner->wait();
                                  });
}

void SocketWatch::look() {
    std::array<epoll_event, events_max> events{};
    const int count = epoll_wait(epoll_->fd(), events.data(), events_max, 0);
    for (int i = 0; i < count; ++i) {
        const auto& event = events[static_cast<std::size_t>(i)];
        const int fd = event.data.fd;
        const int wanted = entry_of(fd).wanted;
        // An idle connection was closed: it would be ready for ever. One that is wanted for
        // something else by now, after an earlier event of this look, stays watched.
        if (wanted == 0) drop(fd);
        const int bits = curl_of(event.events) & wanted;
        if (bits != 0) ready_(fd, bits);
    }
}

SocketWatch::Entry& SocketWatch::entry_of(curl_socket_t fd) {
    const auto index = static_cast<std::size_t>(fd);
    if (index >= entries_.size()) entries_.resize(index + 16);
    return entries_[index];
}

void SocketWatch::opened(curl_socket_t fd) {
    entry_of(fd) = {.announces_closing = true};
}

void SocketWatch::closing(curl_socket_t fd) {
    if (fd >= 0) drop(fd);
}

void SocketWatch::drop(curl_socket_t fd) {
    auto& entry = entry_of(fd);
    if (entry.registered != 0) epoll_ctl(epoll_->fd(), EPOLL_CTL_DEL, fd, nullptr);
    entry.registered = 0;
}

bool SocketWatch::want(curl_socket_t fd, int events) {
    auto& entry = entry_of(fd);
    entry.wanted = events;
    if (entry.registered == events) return true;
    epoll_event event{};
    event.events = epoll_of(events);
    event.data.fd = fd;
    const int how = entry.registered == 0 ? EPOLL_CTL_ADD : EPOLL_CTL_MOD;
    if (epoll_ctl(epoll_->fd(), how, fd, &event) != 0) return false;
    entry.registered = events;
    return true;
}

bool SocketWatch::wants_to_read(curl_socket_t fd) const {
    const auto index = static_cast<std::size_t>(fd);
    return index < entries_.size() && (entries_[index].wanted & CURL_CSELECT_IN) != 0;
}

void SocketWatch::want_nothing(curl_socket_t fd) {
    if (fd < 0) return;
    auto& entry = entry_of(fd);
    entry.wanted = 0;
    if (!entry.announces_closing || entry.registered != CURL_CSELECT_IN) drop(fd);
}

}  // namespace nightshift::http
