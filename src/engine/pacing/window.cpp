#include "engine/pacing/window.hpp"

#include "base/bounds.hpp"

#include <algorithm>
#include <array>

namespace nightshift {
namespace {

// A refusal comes back at once, as networks go.
constexpr double reply_wait_s = 0.25;
constexpr int inside_refused_most = 3;
// Sends between two tries of one more, by how often it was refused already: a tenth of a percent
// of the requests in the end.
constexpr std::array<std::uint64_t, 5> sends_between_tries = {0, 4, 50, 100, 200};

}  // namespace

Window::Window(std::optional<int> known)
    : known_(known.has_value()), size_(known.value_or(limits::window_first)) {}

void Window::set_known(std::optional<int> known) {
    if (known) {
        size_ = *known;
    } else if (known_) {
        opening_ = true;
    }
    known_ = known.has_value();
}

Instant Window::opens_at() const {
    const bool opens = !known_ && opening_ && size_ < limits::window_most;
    return opens && filled_at_ < Instant::max() ? filled_at_ + seconds(reply_wait_s)
                                                : Instant::max();
}

void Window::open() {
    size_ = std::min(2 * size_, limits::window_most);
}

void Window::begin_at(int size) {
    if (known_) return;
    size_ = std::max(1, size);
    remembered_ = true;
    opening_ = false;
}

int Window::found() const {
    if (known_) return 0;
    return strikes_ >= 2 || (remembered_ && !opening_) ? size_ : 0;
}

void Window::reopen() {
    if (known_) return;
    size_ = std::min(size_, limits::window_first);
    opening_ = true;
}

void Window::answered(const Send& send, int in_flight, std::uint64_t last_send, bool may_open) {
    if (known_) return;
    const bool full = in_flight + 1 >= size_;
    if (full && opening_ && may_open) {
        ++size_;
    } else if (full && !opening_ && send.number > try_after_) {
        ++size_;
        try_after_ = last_send + static_cast<std::uint64_t>(size_);
    }
    if (edge_ == 0 || send.in_flight < edge_) return;
    ++edge_in_;
    if (edge_in_ >= 3 && edge_in_ >= 2 * edge_refused_) forget_edge();  // it is let in by now
}

bool Window::is_edge(const Send& send) const {
    return edge_ > 0 && size_ >= edge_ && send.in_flight + 1 >= edge_;
}

// Fewer were in flight than are refused, however they arrived.
bool Window::is_inside(const Send& send, const Facts& facts) const {
    return edge_ > 0 && send.in_flight < edge_ && !facts.sends.left_beside(send, edge_);
}

void Window::forget_edge() {
    edge_ = edge_in_ = edge_refused_ = strikes_ = 0;
    opening_ = true;
}

bool Window::is_too_many(const Send& send, const Facts& facts) {
    if (is_edge(send)) return !is_inside(send, facts) && ++edge_refused_ > edge_in_;
    const auto sides = facts.sends.sides(send.in_flight, 1.5 * facts.reply_s, facts.now);
    if (sides.below_refused > 0 || sides.below_in < 4) return false;
    if (opening_ && !facts.paced) return sides.above_refused >= 3 && sides.above_in == 0;
    if (sides.above_in == 0) return true;
    return sides.above_refused >= 3 &&
           sides.above_refused >= 0.3 * (sides.above_in + sides.above_refused);
}

void Window::narrow(const Send& send, const Facts& facts) {
    const bool same = edge_ > 0 && send.in_flight + 1 >= edge_ && send.in_flight <= edge_ + 1;
    strikes_ = same ? strikes_ + 1 : 1;
    const auto wait =
        std::min<std::size_t>(static_cast<std::size_t>(strikes_), sends_between_tries.size() - 1);
    try_after_ = facts.sends.last_number() + sends_between_tries[wait];
    narrowed_at_ = facts.now;
    opening_ = false;
    inside_refused_ = 0;
    size_ = std::max(1, std::min(size_, facts.in_flight));
    if (edge_ != size_ + 1) edge_in_ = edge_refused_ = 0;
    edge_ = size_ + 1;
}

Window::Says Window::refused(const Send& send, const Facts& facts) {
    if (known_) return Says::nothing;
    if (send.at <= narrowed_at_) {  // left before the window was narrowed
        size_ = std::max(1, std::min(size_, facts.in_flight));
        edge_ = size_ + 1;
        return Says::narrowed;
    }
    const bool edge = is_edge(send);
    if (facts.certain || is_too_many(send, facts)) {
        narrow(send, facts);
        return Says::narrowed;
    }
    // What is refused within the window, too, was not refused for the number in flight.
    if (is_inside(send, facts) && ++inside_refused_ >= inside_refused_most) forget_edge();
    return edge ? Says::perhaps : Says::nothing;
}

}  // namespace nightshift
