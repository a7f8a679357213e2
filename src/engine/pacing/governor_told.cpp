// What the headers of good replies say of the pace.

#include "base/bounds.hpp"
#include "engine/pacing/governor.hpp"

#include <algorithm>

namespace nightshift {
namespace {

// Of a limit per minute, as where it is configured: arrivals jitter, tokens are estimated.
constexpr double told_margin = 0.985;
// A reset so far away is the end of a whole window; so much of the limit may start at once.
constexpr double whole_window_s = 30, burst_share = 0.25;
// Whoever used less than so much of what is used up is not the only one who uses it.
constexpr double own_share = 0.9;

// A limit whose reset is further away is one of an hour or a day, which no pace keeps.
bool is_by_minute(const http::RateHeaders::Kind& kind) {
    return kind.limit && *kind.limit >= 1 && kind.reset_s.value_or(0) <= limits::told_pause_s;
}

}  // namespace

// Where no pace is known yet, the limit that is told is the first: of tokens if they are scarcer,
// as far as the requests up to here can say. It grows and shrinks like any other from there on.
void Governor::begin_as_told(const http::RateHeaders& headers, Instant now) {
    const auto all = flow_.last(60, now);
    const bool requests = is_by_minute(headers.requests);
    const bool tokens = is_by_minute(headers.tokens) && all.tokens > 0 && all.count > 0;
    if (begun_as_told_ || (!requests && !tokens) || is_paced()) return;
    begun_as_told_ = true;
    trial_.end();
    const double needed = requests && tokens ? *headers.requests.limit * all.tokens / all.count : 0;
    const bool by_tokens = tokens && (!requests || needed > *headers.tokens.limit);
    if (by_tokens) scarce_ = Scarce::tokens;
    by_minute_ = true;
    const double most = told_margin * *(by_tokens ? headers.tokens : headers.requests).limit;
    set_pace(most / 60, now);
    minute_most_ = 60 * pace().per_s();
    // A gateway that counts by the minute lets in a part of it at once.
    const auto& told = headers.requests;
    if (!by_tokens && told.remaining && told.reset_s.value_or(0) >= whole_window_s) {
        requests_.set_burst(std::min(*told.remaining, burst_share * *told.limit));
        requests_.grant_burst(now);
    }
    remember_limit(pace().per_s());
    stale_until_ = sends_.last_number();
    stay(now);
}

// Nothing is left, though by what was sent here there should be: others use it, or a window of
// theirs is not over.
void Governor::pause_as_told(const http::RateHeaders::Kind& kind, double used, Instant now) {
    if (!kind.remaining || *kind.remaining >= 1 || kind.reset_s.value_or(0) <= 0) return;
    if (kind.limit && used >= own_share * *kind.limit) return;  // the pace sees to that
    const double pause_s = std::min(*kind.reset_s, limits::told_pause_s);
    if (told_until_ > now) return;  // one reply of many that were on their way
    told_until_ = now + seconds(pause_s);
}

void Governor::told(const http::RateHeaders& headers, Instant now) {
    if (!headers.any()) return;
    const auto minute = flow_.last(60, now);
    pause_as_told(headers.requests, minute.count, now);
    pause_as_told(headers.tokens, minute.tokens, now);
    begin_as_told(headers, now);
}

}  // namespace nightshift
