#include "engine/run/link_waits.hpp"

#include "base/bounds.hpp"
#include "base/timestamp.hpp"
#include "engine/run/run_state.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace nightshift {

std::string LinkWaits::notice() const {
    if (since_->empty()) return "";
    const auto count = since_->size();
    return fmt::format("{} paid {} for {} not give {} yet, since {}: trying again", count,
                       count == 1 ? "result waits" : "results wait",
                       count == 1 ? "a link that does" : "links that do",
                       count == 1 ? "it" : "them", rfc3339(*since_->begin()));
}

Async<void> sleep_for_link(Shared& shared, Instant due) {
    auto& clock = shared.world.clock;
    const auto end = shared.time_is_up_at();
    co_await clock.sleep_until(std::min(due, end));
    // The engine looks at the time once a second; a row that is left before it stops the run would
    // make it look finished.
    while (shared.stop.cause == StopCause::none && clock.now() >= end) {
        co_await clock.sleep_until(clock.now() + seconds(limits::ledger_sync_s));
    }
    if (!shared.polls_go_on() || clock.now() >= end) throw Stopped();
}

}  // namespace nightshift
