#include "http/curl/curl_multi.hpp"

#include "http/curl/tcp_cork.hpp"

#include <boost/asio/associated_cancellation_slot.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>

#include <unistd.h>

#include <algorithm>
#include <new>
#include <utility>

namespace nightshift::http {

namespace asio = boost::asio;

namespace {

constexpr std::size_t corked_max = 8;  // each costs two system calls
constexpr int read_on_max = 32;        // before the loop has its turn
// A timer that goes off so late tells of a process that did not run; then what has arrived
// meanwhile gets that long to be read before any time-out is acted on.
constexpr std::chrono::seconds pause_min{1};
constexpr std::chrono::seconds reading_time{5};
constexpr std::chrono::seconds hurry_every{2};  // a handshake over a slow line takes one

}  // namespace

// Outlives the CurlMulti while a wait or a post of it is queued.
struct CurlMulti::Alarm {
    Alarm(asio::io_context& io, CurlMulti* multi)
        : timer(io), deadline(io), hurry(io), owner(multi) {}

    using Timer =
        asio::basic_waitable_timer<std::chrono::steady_clock,
                                   asio::wait_traits<std::chrono::steady_clock>, Executor>;
    Timer timer;
    Timer deadline;
    Timer hurry;  // what waits for other transfers to connect
    CurlMulti* owner;
};

CurlMulti::CurlMulti(asio::io_context& io, long connections_max)
    : io_(io),
      watch_(io, [this](curl_socket_t fd, int events) { act(fd, events); }),
      multi_(curl_multi_init()),
      alarm_(std::make_shared<Alarm>(io, this)) {
    if (multi_ == nullptr) throw std::bad_alloc();
    curl_multi_setopt(multi_, CURLMOPT_SOCKETFUNCTION, &CurlMulti::on_socket);
    curl_multi_setopt(multi_, CURLMOPT_SOCKETDATA, this);
    curl_multi_setopt(multi_, CURLMOPT_TIMERFUNCTION, &CurlMulti::on_timer);
    curl_multi_setopt(multi_, CURLMOPT_TIMERDATA, this);
    set_connections_max(connections_max);
}

void CurlMulti::set_connections_max(long connections_max) {
    curl_multi_setopt(multi_, CURLMOPT_MAX_TOTAL_CONNECTIONS, connections_max);
    curl_multi_setopt(multi_, CURLMOPT_MAXCONNECTS, connections_max);  // all may stay open
}

CurlMulti::~CurlMulti() {
    for (Run* run : running_) {
        curl_multi_remove_handle(multi_, run->easy);
        gate_.leave(*run, false);
        run->owner = nullptr;
        asio::get_associated_cancellation_slot(*run->done).clear();  // it knows the run
        run->done.reset();
    }
    curl_multi_cleanup(multi_);  // may still call on_socket and on_close
    alarm_->owner = nullptr;
    alarm_->timer.cancel();
    alarm_->deadline.cancel();
    alarm_->hurry.cancel();
}

Async<CURLcode> CurlMulti::perform(Run& run) {
    auto start = [this, &run](Handler handler) { begin(run, std::move(handler)); };
    return asio::async_initiate<const asio::use_awaitable_t<Executor>, void(CURLcode)>(start,
                                                                                       use_async);
}

void CurlMulti::begin(Run& run, Handler handler) {
    run.owner = this;
    run.done.emplace(std::move(handler));
    run.place = running_.size();
    running_.push_back(&run);
    const auto now = std::chrono::steady_clock::now();
    run.deadline = run.timeout.count() > 0 ? now + run.timeout : SteadyTime::max();
    if (run.deadline < next_deadline_) arm_deadline(run.deadline);
    watch_.turn_on();
    curl_easy_setopt(run.easy, CURLOPT_CLOSESOCKETFUNCTION, &CurlMulti::on_close);
    curl_easy_setopt(run.easy, CURLOPT_CLOSESOCKETDATA, this);
    auto slot = asio::get_associated_cancellation_slot(*run.done);
    if (slot.is_connected()) {
        slot.assign([&run](asio::cancellation_type type) {
            if (run.owner == nullptr || type == asio::cancellation_type::none) return;
            run.owner->finish(run, CURLE_ABORTED_BY_CALLBACK);
        });
    }
    if (run.origin.empty() || gate_.enter(run.origin, run)) {
        hand_over(run);
        return;
    }
    start_waiting_soon();
    hurry_later();
}

// Asks for an immediate wake-up: the transfer starts from there.
bool CurlMulti::hand_over(Run& run) {
    if (curl_multi_add_handle(multi_, run.easy) == CURLM_OK) return true;
    finish(run, CURLE_OUT_OF_MEMORY);
    return false;
}

void CurlMulti::start_waiting_soon() {
    if (start_posted_ || is_starting_ || !gate_.has_waiting()) return;
    start_posted_ = true;
    asio::post(io_, [alarm = alarm_] {
        if (alarm->owner == nullptr) return;
        alarm->owner->start_posted_ = false;
        alarm->owner->start_waiting();
    });
}

// Each takes its first step before the gate is asked for the next.
void CurlMulti::start_waiting() {
    int running = 0;
    {
        const Cork cork(shares_connections() ? sockets_ : std::vector<int>());
        is_starting_ = true;
        while (auto* ticket = gate_.next()) {
            if (!hand_over(static_cast<Run&>(*ticket))) continue;
            curl_multi_socket_action(multi_, CURL_SOCKET_TIMEOUT, 0, &running);
        }
        is_starting_ = false;
    }
    if (wanted_ != SteadyTime::max()) wake_at(wanted_);
    read_on();
    complete();
}

void CurlMulti::hurry_later() {
    if (hurry_armed_ || !gate_.has_waiting()) return;
    hurry_armed_ = true;
    alarm_->hurry.expires_after(hurry_every);
    alarm_->hurry.async_wait([alarm = alarm_](const boost::system::error_code& ec) {
        if (alarm->owner == nullptr) return;
        alarm->owner->hurry_armed_ = false;
        if (!ec) alarm->owner->gate_.hurry();
        alarm->owner->start_waiting_soon();
        alarm->owner->hurry_later();
    });
}

// An exception must not pass through C: out of memory is told to libcurl, which fails the transfer.
int CurlMulti::on_socket(CURL*, curl_socket_t fd, int what, void* self_ptr, void*) noexcept {
    auto& self = *static_cast<CurlMulti*>(self_ptr);
    try {
        if (what == CURL_POLL_REMOVE) {
            self.watch_.want_nothing(fd);
            return 0;
        }
        const int events = ((what & CURL_POLL_IN) != 0 ? CURL_CSELECT_IN : 0) |
                           ((what & CURL_POLL_OUT) != 0 ? CURL_CSELECT_OUT : 0);
        return self.watch_.want(fd, events) ? 0 : -1;
    } catch (const std::bad_alloc&) {
        return -1;
    }
}

void CurlMulti::opened(curl_socket_t fd) {
    watch_.opened(fd);
    sockets_.push_back(fd);
}

// Several are dialled where a host has several addresses; those that lost are closed by now.
void CurlMulti::sends(Run& run, curl_socket_t dialled) noexcept {
    const bool is_new = dialled != CURL_SOCKET_BAD;
    auto* ssl = is_new ? ReadAhead::http2_of(run.easy) : nullptr;
    const bool is_open = std::find(sockets_.begin(), sockets_.end(), dialled) != sockets_.end();
    try {
        if (ssl != nullptr && is_open) ahead_.begin(dialled, ssl);
        gate_.sends(run, is_new, is_open ? dialled : CURL_SOCKET_BAD, ssl != nullptr);
        start_waiting_soon();
    } catch (const std::bad_alloc&) {
        return;  // it is read record by record; the gate does without
    }
}

// Of the sockets that we made; the resolver's pipes are closed without a word.
int CurlMulti::on_close(void* self, curl_socket_t fd) noexcept {
    auto& multi = *static_cast<CurlMulti*>(self);
    multi.watch_.closing(fd);
    std::erase(multi.sockets_, fd);
    multi.ahead_.end(fd);
    multi.gate_.closed(fd);
    return ::close(fd);
}

// libcurl changes its mind about the time at each step of each request. Only two things cost a
// system call here: a deadline earlier than the armed one, and an alarm that went off too early.
int CurlMulti::on_timer(CURLM*, long timeout_ms, void* self_ptr) noexcept {
    auto& self = *static_cast<CurlMulti*>(self_ptr);
    try {
        if (timeout_ms < 0) {
            self.wanted_ = SteadyTime::max();
        } else {
            const auto now = std::chrono::steady_clock::now();
            self.wake_at(timeout_ms == 0 ? SteadyTime::min()
                                         : now + std::chrono::milliseconds(timeout_ms));
        }
        return 0;
    } catch (const std::bad_alloc&) {
        return -1;
    }
}

void CurlMulti::wake_at(SteadyTime when) {
    wanted_ = when;
    if (when != SteadyTime::min()) {
        if (when < armed_) arm();
        return;
    }
    if (wake_posted_ || is_starting_) return;
    wake_posted_ = true;
    asio::post(io_, [alarm = alarm_] {
        if (alarm->owner == nullptr) return;
        alarm->owner->wake_posted_ = false;
        alarm->owner->ring();
    });
}

void CurlMulti::arm() {
    armed_ = wanted_;
    alarm_->timer.expires_at(armed_);  // cancels the wait that was pending
    alarm_->timer.async_wait([alarm = alarm_](const boost::system::error_code& ec) {
        if (ec || alarm->owner == nullptr) return;
        alarm->owner->armed_ = SteadyTime::max();
        alarm->owner->ring();
    });
}

void CurlMulti::ring() {
    if (wanted_ == SteadyTime::max()) return;
    if (wanted_ > std::chrono::steady_clock::now()) {
        if (wanted_ < armed_) arm();
        return;
    }
    forgive_if_late(wanted_);
    wanted_ = SteadyTime::max();
    act(CURL_SOCKET_TIMEOUT, 0);
}

void CurlMulti::arm_deadline(SteadyTime when) {
    next_deadline_ = when;
    alarm_->deadline.expires_at(when);  // cancels the wait that was pending
    alarm_->deadline.async_wait([alarm = alarm_](const boost::system::error_code& ec) {
        if (ec || alarm->owner == nullptr) return;
        alarm->owner->end_overdue();
    });
}

// Seldom: what has ended since then had an earlier deadline than those that still run.
void CurlMulti::end_overdue() {
    forgive_if_late(next_deadline_);
    const auto now = std::chrono::steady_clock::now();
    std::vector<Run*> overdue;
    auto next = SteadyTime::max();
    for (auto* run : running_) {
        if (run->deadline <= now) overdue.push_back(run);
        if (run->deadline > now) next = std::min(next, run->deadline);
    }
    next_deadline_ = SteadyTime::max();
    if (next != SteadyTime::max()) arm_deadline(next);
    for (auto* run : overdue) finish(*run, CURLE_OPERATION_TIMEDOUT);
}

// The process did not run for as long as it is late, or longer: it was not the gateway that said
// nothing.
void CurlMulti::forgive_if_late(SteadyTime due) {
    if (due == SteadyTime::min() || due == SteadyTime::max()) return;
    const auto now = std::chrono::steady_clock::now();
    const auto pause = now - due;
    if (pause <= pause_min) return;
    const auto more_s = std::chrono::ceil<std::chrono::seconds>(pause + reading_time).count();
    for (auto* run : running_) {
        run->deadline = std::max(run->deadline, now + reading_time);
        if (run->stall_s == 0) continue;
        run->stall_s += static_cast<long>(more_s);
        run->is_stretched = true;
        curl_easy_setopt(run->easy, CURLOPT_LOW_SPEED_TIME, run->stall_s);
    }
}

bool CurlMulti::shares_connections() const {
    return sockets_.size() <= corked_max && running_.size() >= 2 * sockets_.size();
}

// Tells libcurl what happened.
void CurlMulti::act(curl_socket_t fd, int event) {
    if (fd != CURL_SOCKET_TIMEOUT) forgive_if_late(std::min(armed_, wanted_));
    int running = 0;
    {
        // What waited for the time to come are requests that start.
        const bool starts = fd == CURL_SOCKET_TIMEOUT && shares_connections();
        const Cork cork(starts ? sockets_ : std::vector<int>());
        curl_multi_socket_action(multi_, fd, event, &running);
    }
    read_on();
    const auto silent = gate_.unheard();
    for (auto* ticket : silent) {
        if (!ahead_.has_heard(ticket->unheard)) continue;
        gate_.heard(*ticket);
        start_waiting_soon();
    }
    complete();
}

// As if a socket were ready whose bytes OpenSSL holds already.
void CurlMulti::read_on() {
    int running = 0;
    for (int times = 0; times < read_on_max; ++times) {
        auto fds = ahead_.ready();
        std::erase_if(fds, [this](curl_socket_t fd) { return !watch_.wants_to_read(fd); });
        if (fds.empty()) return;
        for (const auto fd : fds) curl_multi_socket_action(multi_, fd, CURL_CSELECT_IN, &running);
    }
    if (read_on_posted_) return;
    read_on_posted_ = true;
    asio::post(io_, [alarm = alarm_] {
        if (alarm->owner == nullptr) return;
        alarm->owner->read_on_posted_ = false;
        alarm->owner->read_on();
        alarm->owner->complete();
    });
}

// Every transfer that has ended.
void CurlMulti::complete() {
    int queued = 0;
    while (const CURLMsg* message = curl_multi_info_read(multi_, &queued)) {
        if (message->msg != CURLMSG_DONE) continue;
        const CURLcode code = message->data.result;
        char* private_data = nullptr;
        curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &private_data);
        auto& run = *reinterpret_cast<Run*>(private_data);
        asio::get_associated_cancellation_slot(*run.done).clear();
        finish(run, code);
    }
}

void CurlMulti::finish(Run& run, CURLcode code) {
    if (run.owner == nullptr) return;
    run.owner = nullptr;
    curl_multi_remove_handle(multi_, run.easy);
    gate_.leave(run, code != CURLE_OK);
    start_waiting_soon();
    running_.back()->place = run.place;
    running_[run.place] = running_.back();
    running_.pop_back();
    asio::post(io_, [done = std::move(*run.done), code]() mutable { std::move(done)(code); });
    run.done.reset();
    if (!running_.empty()) return;
    // What waits would keep the loop alive; an alarm for up to the connect timeout.
    watch_.turn_off();
    wanted_ = SteadyTime::max();
    armed_ = SteadyTime::max();
    next_deadline_ = SteadyTime::max();
    alarm_->timer.cancel();
    alarm_->deadline.cancel();
    alarm_->hurry.cancel();
}

}  // namespace nightshift::http
