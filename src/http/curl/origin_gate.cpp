#include "http/curl/origin_gate.hpp"

#include <algorithm>

namespace nightshift::http {
namespace {

constexpr std::size_t probes_max = 1024;

}  // namespace

struct OriginGate::Origin {
    enum class Protocol { unknown, http1, http2 };

    std::size_t starts_at_once() const {
        const bool sure = protocol == Protocol::http2 && streams_each > 0;
        return std::max(probes, sure ? 1 + waiting.size() / streams_each : 1);
    }
    void start_more() { probes = std::min(2 * probes, probes_max); }
    bool may_start() const {
        if (waiting.empty() || (silent > 0 && probes == 1)) return false;
        return starting < starts_at_once() || ended_meanwhile > 0;
    }

    Protocol protocol = Protocol::unknown;
    std::deque<Ticket*> waiting = {};
    std::size_t starting = 0;
    std::size_t silent = 0;  // new connections whose server has said nothing so far
    std::size_t under_way = 0;
    std::size_t ended_meanwhile = 0;  // streams, since the oldest start under way began
    std::size_t probes = 1;
    std::size_t streams_each = 0;  // the most that connections have carried
    std::vector<curl_socket_t> connections = {};
    bool has_moved = false;  // since the last hurry()
};

OriginGate::OriginGate() = default;
OriginGate::~OriginGate() = default;

bool OriginGate::enter(const std::string& origin, Ticket& ticket) {
    auto& at = origins_[origin];
    ticket = {.origin = &at};
    if (at.protocol == Origin::Protocol::http1) {
        ticket.stage = Stage::under_way;
        ++at.under_way;
        return true;
    }
    at.waiting.push_back(&ticket);
    ticket.stage = Stage::waiting;
    ++waiting_;
    return false;
}

OriginGate::Ticket* OriginGate::next() {
    if (waiting_ == 0) return nullptr;
    for (auto& [name, at] : origins_) {
        const bool is_free = at.protocol == Origin::Protocol::http1 && !at.waiting.empty();
        if (!is_free && !at.may_start()) continue;
        if (!is_free && at.starting >= at.starts_at_once()) --at.ended_meanwhile;
        auto* ticket = at.waiting.front();
        at.waiting.pop_front();
        --waiting_;
        ticket->stage = Stage::starting;
        ++at.starting;
        return ticket;
    }
    return nullptr;
}

void OriginGate::settle(Ticket& ticket) {
    auto& at = *ticket.origin;
    ticket.stage = Stage::under_way;
    ++at.under_way;
    --at.starting;
    if (at.starting == 0) at.ended_meanwhile = 0;
    if (at.connections.empty()) return;
    at.streams_each = std::max(at.streams_each, at.under_way / at.connections.size());
}

void OriginGate::sends(Ticket& ticket, bool is_new, curl_socket_t made, bool speaks_http2) {
    if (ticket.stage != Stage::starting || ticket.unheard != CURL_SOCKET_BAD) return;
    auto& at = *ticket.origin;
    at.has_moved = true;
    at.probes = 1;
    if (!is_new) return settle(ticket);
    at.protocol = speaks_http2 ? Origin::Protocol::http2 : Origin::Protocol::http1;
    if (!speaks_http2 || made == CURL_SOCKET_BAD) return settle(ticket);
    at.connections.push_back(made);
    unheard_.push_back(&ticket);
    ++at.silent;
    ticket.unheard = made;
}

void OriginGate::forget_silence(Ticket& ticket) {
    std::erase(unheard_, &ticket);
    --ticket.origin->silent;
    ticket.unheard = CURL_SOCKET_BAD;
}

void OriginGate::heard(Ticket& ticket) {
    forget_silence(ticket);
    ticket.origin->has_moved = true;
    settle(ticket);
}

void OriginGate::leave(Ticket& ticket, bool failed) {
    if (ticket.stage == Stage::outside) return;
    auto& at = *ticket.origin;
    if (ticket.unheard != CURL_SOCKET_BAD) forget_silence(ticket);
    if (ticket.stage == Stage::waiting) {
        std::erase(at.waiting, &ticket);
        --waiting_;
    }
    if (ticket.stage == Stage::starting) {
        settle(ticket);
        if (failed) at.start_more();
        at.has_moved = true;
    }
    if (ticket.stage == Stage::under_way) {
        --at.under_way;
        if (at.starting > 0) ++at.ended_meanwhile;
    }
    ticket = {};
}

void OriginGate::closed(curl_socket_t fd) {
    for (auto& [name, at] : origins_) std::erase(at.connections, fd);
}

void OriginGate::hurry() {
    for (auto& [name, at] : origins_) {
        if (!at.has_moved && !at.waiting.empty()) at.start_more();
        at.has_moved = false;
    }
}

}  // namespace nightshift::http
