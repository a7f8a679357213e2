#include "http/curl_multi.hpp"

#include <boost/asio/associated_cancellation_slot.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>

#include <new>
#include <utility>

namespace nightshift::http {

namespace asio = boost::asio;

// A descriptor that libcurl asked us to watch: its sockets, and the pipes of its resolver. libcurl
// owns it; it is borrowed with assign() and given back with release(), never closed here. Waits
// share ownership, so one that is still queued when libcurl drops the socket finds no owner.
struct CurlMulti::Socket {
    Socket(asio::io_context& io, CurlMulti* multi) : descriptor(io), owner(multi) {}

    asio::posix::basic_stream_descriptor<Executor> descriptor;
    CurlMulti* owner;  // null once libcurl has dropped the socket
    int wanted = 0;    // CURL_CSELECT_IN | CURL_CSELECT_OUT, as libcurl last asked
    int waiting = 0;   // the same bits, for the waits now pending in Asio: one each at most
};

// Outlives the CurlMulti while a wait or a post of it is queued.
struct CurlMulti::Alarm {
    Alarm(asio::io_context& io, CurlMulti* multi) : timer(io), owner(multi) {}

    asio::basic_waitable_timer<std::chrono::steady_clock,
                               asio::wait_traits<std::chrono::steady_clock>, Executor>
        timer;
    CurlMulti* owner;
};

CurlMulti::CurlMulti(asio::io_context& io, long connections_max)
    : io_(io), multi_(curl_multi_init()), alarm_(std::make_shared<Alarm>(io, this)) {
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
        run->owner = nullptr;
        asio::get_associated_cancellation_slot(*run->done).clear();  // it knows the run
        run->done.reset();
    }
    curl_multi_cleanup(multi_);  // may still call on_socket
    for (const auto& socket : sockets_) {
        if (socket) forget_socket(socket->descriptor.native_handle());
    }
    alarm_->owner = nullptr;
    alarm_->timer.cancel();
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
    auto slot = asio::get_associated_cancellation_slot(*run.done);
    if (slot.is_connected()) {
        slot.assign([&run](asio::cancellation_type type) {
            if (run.owner == nullptr || type == asio::cancellation_type::none) return;
            run.owner->finish(run, CURLE_ABORTED_BY_CALLBACK);
        });
    }
    // Asks for an immediate wake-up: the transfer starts from there.
    if (curl_multi_add_handle(multi_, run.easy) != CURLM_OK) finish(run, CURLE_OUT_OF_MEMORY);
}

// An exception must not pass through C: out of memory is told to libcurl, which fails the transfer.
int CurlMulti::on_socket(CURL*, curl_socket_t fd, int what, void* self_ptr, void*) noexcept {
    auto& self = *static_cast<CurlMulti*>(self_ptr);
    if (what == CURL_POLL_REMOVE) {
        self.forget_socket(fd);
        return 0;
    }
    try {
        return self.watch_socket(fd, what) ? 0 : -1;
    } catch (const std::bad_alloc&) {
        return -1;
    }
}

bool CurlMulti::watch_socket(curl_socket_t fd, int what) {
    const auto index = static_cast<std::size_t>(fd);
    if (index >= sockets_.size()) sockets_.resize(index + 16);
    if (!sockets_[index]) {
        auto fresh = std::make_shared<Socket>(io_, this);
        boost::system::error_code ec;
        fresh->descriptor.assign(fd, ec);
        if (ec) return false;
        sockets_[index] = std::move(fresh);
    }
    const auto& socket = sockets_[index];
    socket->wanted = ((what & CURL_POLL_IN) != 0 ? CURL_CSELECT_IN : 0) |
                     ((what & CURL_POLL_OUT) != 0 ? CURL_CSELECT_OUT : 0);
    wait_for(socket, CURL_CSELECT_IN);
    wait_for(socket, CURL_CSELECT_OUT);
    return true;
}

// libcurl may name a socket that it never announced (curl#17949).
void CurlMulti::forget_socket(curl_socket_t fd) {
    const auto index = static_cast<std::size_t>(fd);
    if (fd < 0 || index >= sockets_.size() || !sockets_[index]) return;
    sockets_[index]->owner = nullptr;
    sockets_[index]->descriptor.release();
    sockets_[index].reset();
}

void CurlMulti::wait_for(const std::shared_ptr<Socket>& socket, int event) {
    if ((socket->wanted & event) == 0 || (socket->waiting & event) != 0) return;
    socket->waiting |= event;
    const auto kind = event == CURL_CSELECT_IN ? asio::posix::descriptor_base::wait_read
                                               : asio::posix::descriptor_base::wait_write;
    socket->descriptor.async_wait(kind, [socket, event](const boost::system::error_code& ec) {
        socket->waiting &= ~event;
        if (socket->owner == nullptr) return;
        socket->owner->act(socket->descriptor.native_handle(), ec ? CURL_CSELECT_ERR : event);
        if (socket->owner != nullptr) socket->owner->wait_for(socket, event);
    });
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
    if (wake_posted_) return;
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
    wanted_ = SteadyTime::max();
    act(CURL_SOCKET_TIMEOUT, 0);
}

// Tells libcurl what happened, then completes every transfer that ended because of it.
void CurlMulti::act(curl_socket_t fd, int event) {
    int running = 0;
    curl_multi_socket_action(multi_, fd, event, &running);
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
    running_.back()->place = run.place;
    running_[run.place] = running_.back();
    running_.pop_back();
    asio::post(io_, [done = std::move(*run.done), code]() mutable { std::move(done)(code); });
    run.done.reset();
    if (!running_.empty()) return;
    // An alarm left armed would keep the loop alive for up to the connect timeout.
    wanted_ = SteadyTime::max();
    armed_ = SteadyTime::max();
    alarm_->timer.cancel();
}

}  // namespace nightshift::http
