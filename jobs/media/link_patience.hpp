// How long a paid result is waited for whose link does not give it. Pure: takes `now`.
//
// A host that is not reached may come back: a result is given up after several tries and not
// before ten minutes. A fresh link may be told before its file is there: 403 and 404 are asked
// again for five minutes from when the link was first seen. A link that has expired, or gives
// something else than the result, is only helped by a fresh one.

#pragma once

#include "base/clock.hpp"
#include "base/failure.hpp"

#include <optional>
#include <string_view>

namespace nightshift {

// Failure::code of downloads, beside "http_404" and its like.
inline constexpr std::string_view unreached_code = "unreached";  // Kind::network: not connected
inline constexpr std::string_view expired_code = "expired";      // the store or the link says so
inline constexpr std::string_view overdue_code = "deadline";     // --deadline is over

enum class LinkTrouble { unreached, not_there, expired, broken, overdue };
LinkTrouble trouble_of_link(const Failure& failure);

class LinkPatience {
public:
    // `renewable`: a failed try is followed by asking for a fresh link, so the first always has
    // a second. `seen`: when the link was first known.
    LinkPatience(bool renewable, Instant seen) : renewable_(renewable), seen_(seen) {}

    // After a failed try that counts: whether another one follows.
    bool allows_another(LinkTrouble trouble, Instant now);
    int failures() const { return failures_; }

private:
    bool renewable_;
    Instant seen_;
    int failures_ = 0, unreached_ = 0;
    std::optional<Instant> unreached_since_;
};

// What ends a result that was waited for in vain.
Failure given_up(Failure last);

}  // namespace nightshift
