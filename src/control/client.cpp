#include "control/client.hpp"

#include "base/bounds.hpp"
#include "base/clock.hpp"
#include "control/door.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <poll.h>
#include <sys/socket.h>

namespace nightshift::control {
namespace {

void send_all(int fd, std::string_view bytes) {
    while (!bytes.empty()) {
        const auto sent = send(fd, bytes.data(), bytes.size(), MSG_NOSIGNAL);
        if (sent < 0 && errno == EINTR) continue;
        if (sent <= 0) return;
        bytes.remove_prefix(static_cast<std::size_t>(sent));
    }
}

// False when the time is over.
bool is_readable_before(int fd, const std::optional<Instant>& end) {
    for (;;) {
        int left_ms = -1;
        if (end) {
            const double left_s = to_seconds(*end - BootClock::now());
            left_ms = static_cast<int>(std::max(0.0, left_s) * 1000);
        }
        pollfd wait{fd, POLLIN, 0};
        const int ready = poll(&wait, 1, left_ms);
        if (ready > 0) return true;
        if (ready == 0) return false;
        if (errno != EINTR) return true;  // reading says what is wrong
    }
}

}  // namespace

Asked ask(const std::filesystem::path& folder, const Request& request,
          std::optional<double> wait_s) {
    const auto line = knock(folder);
    if (!line.is_open()) return {Asked::Outcome::not_there, {}};
    std::optional<Instant> end;
    if (wait_s) end = BootClock::now() + seconds(*wait_s);
    const Asked gone{Asked::Outcome::gone, {}};
    // Who is sent away may be told so before the request is out.
    send_all(line.get(), line_of(request));
    LineBuffer buffer(limits::control_line_bytes);
    std::array<char, 4096> bytes{};
    while (!buffer.overflowed()) {
        if (!is_readable_before(line.get(), end)) return {Asked::Outcome::silent, {}};
        const auto got = recv(line.get(), bytes.data(), bytes.size(), 0);
        if (got < 0 && errno == EINTR) continue;
        if (got <= 0) return gone;
        buffer.add({bytes.data(), static_cast<std::size_t>(got)});
        const auto whole = buffer.next();
        if (!whole) continue;
        auto answer = read_answer(*whole);
        if (!answer) return gone;
        return {Asked::Outcome::answered, std::move(*answer)};
    }
    return gone;
}

}  // namespace nightshift::control
