// Results that are paid and wait for a link that does not give them.

#pragma once

#include "base/async.hpp"
#include "base/clock.hpp"

#include <cstdint>
#include <memory>
#include <set>
#include <string>

namespace nightshift {

struct Shared;

// Those of a run, for the screens.
class LinkWaits {
public:
    // One of them, as long as it lives; may outlive the run's.
    class One {
    public:
        One(const LinkWaits& waits, std::int64_t since_ms)
            : since_(waits.since_), at_(since_->insert(since_ms)) {}
        ~One() { since_->erase(at_); }
        One(const One&) = delete;
        One& operator=(const One&) = delete;

    private:
        std::shared_ptr<std::multiset<std::int64_t>> since_;
        std::multiset<std::int64_t>::iterator at_;
    };

    // "3 results wait for links that do not answer since ..."; empty when there is none.
    std::string notice() const;

private:
    // Unix milliseconds.
    std::shared_ptr<std::multiset<std::int64_t>> since_ =
        std::make_shared<std::multiset<std::int64_t>>();
};

// Until the next try of such a link. Throws Stopped when the run stops, --max-duration included:
// unlike what is polled and fetched, such a link has no end that the run could wait for.
Async<void> sleep_for_link(Shared& shared, Instant due);

}  // namespace nightshift
