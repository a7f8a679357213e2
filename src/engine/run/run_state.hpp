// What the engine and its attempts share during one run.

#pragma once

#include "base/bounds.hpp"
#include "engine/pacing/slots.hpp"
#include "engine/polling/wakeup.hpp"
#include "engine/run/link_waits.hpp"
#include "engine/run/options.hpp"
#include "engine/run/ports.hpp"
#include "replies/keyring.hpp"
#include "replies/reply_batcher.hpp"
#include "replies/reply_memory.hpp"
#include "replies/shared_fsync.hpp"

#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string>

namespace nightshift {

struct Shared {
    Shared(World& the_world, EngineOptions the_options)
        : world(the_world),
          options(std::move(the_options)),
          slots(std::make_shared<Slots>(the_world.io, options.concurrency)),
          replies(the_world.io, the_world.replies),
          syncs(the_world.io, the_world.files),
          reply_room(std::make_shared<ReplyRoom>(the_world.io, limits::replies_read_bytes)),
          changed(the_world.io, the_world.clock),
          keys(the_world.key),
          started(the_world.clock.now()),
          started_ms(the_world.clock.wall_ms()) {}

    World& world;
    EngineOptions options;
    std::shared_ptr<Slots> slots;
    ReplyKeeper replies;
    GroupSync syncs;
    std::shared_ptr<ReplyRoom> reply_room;
    Wakeup changed;
    Keyring keys;
    Instant started;
    std::int64_t started_ms;
    Stop stop;  // the first cause counts
    Instant stopped_at = Instant::max();
    std::shared_ptr<int> unsettled = std::make_shared<int>(0);  // POSTs without a durable outcome
    ReplyBytes::Sum reply_bytes = std::make_shared<std::size_t>(0);
    bool reached = false;     // a status line came from the gateway
    bool understood = false;  // ... and made sense: later HTML is a fault, not a wrong base URL
    std::set<std::string, std::less<>> understood_endpoints;
    Instant paused_until = Instant::min();  // the origin cannot be reached: no POSTs
    int outages = 0;                        // failures to reach it in a row
    std::function<void(const std::string&)> tell = [](const std::string&) {};  // a notice
    std::function<void(const std::string& endpoint, int http_status)> accepted =
        [](const std::string&, int) {};  // a video order
    bool told_of_two_ids = false;
    std::int64_t lost_since_ms = 0;  // wall clock; 0: it is there, as far as is known
    std::string lost_because;
    std::optional<Instant> gateway_seen_at;
    LinkWaits link_waits;

    void gateway_was_there() {
        reached = true;
        gateway_seen_at = world.clock.now();
        outages = 0;
        lost_since_ms = 0;
    }
    void gateway_was_not_there(std::string because) {
        if (lost_since_ms == 0) lost_since_ms = world.clock.wall_ms();
        lost_because = std::move(because);
    }

    void stop_for(StopCause cause, std::string message) {
        if (stop.cause == StopCause::none) {
            stop = {cause, std::move(message)};
            stopped_at = world.clock.now();
        }
        changed.notify();
    }
    // What the queue's waiting times are told in: wall time when the run began, and from there on
    // the clock that nobody sets.
    std::int64_t queue_ms() const {
        const auto since = world.clock.now() - started;
        return started_ms + std::chrono::duration_cast<std::chrono::milliseconds>(since).count();
    }
    // --max-duration; Instant::max(): none was given.
    Instant time_is_up_at() const {
        const double most_s = options.max_duration_s;
        return most_s > 0 ? started + seconds(most_s) : Instant::max();
    }
    // On quota and fail-fast no POST leaves, but what is paid is polled and fetched.
    bool polls_go_on() const {
        return stop.cause == StopCause::none || stop.cause == StopCause::quota ||
               stop.cause == StopCause::fail_fast;
    }
};

}  // namespace nightshift
