// What the engine asks of its money, and tells it.

#include "base/failure.hpp"
#include "engine/engine.hpp"

namespace nightshift {

Async<void> Engine::load_money() {
    auto read = [](Store& store) { return store.spent(); };
    const auto before = co_await shared_.world.queue.run(std::move(read));
    money_.begin(before);
}

// Asked just before a POST starts. At the end of the budget the run stops; what is submitted is
// still fetched.
bool Engine::may_pay(const Row& row) {
    if (shared_.stop.cause != StopCause::none) return false;
    switch (money_.may_start(row)) {
        case Budget::Start::yes:
            return true;
        case Budget::Start::wait:
            return false;
        case Budget::Start::never:
            break;
    }
    const auto why = money_.why_never(row);
    listener_.on_notice("nothing more is sent: " + why);
    stopped_by_ = RunBound::budget;
    stop(StopCause::quota, why);
    return false;
}

Deed Engine::deed_of(LiveAttempt& attempt) {
    Deed deed;
    deed.posted = attempt.has_record();
    deed.sent = deed.posted && attempt.record().sent;
    const int status = attempt.record().http_status;
    deed.answered = deed.posted && status >= 200 && status < 300;
    deed.accepted = attempt.is_paid() || Money::is_paid(attempt.row());
    deed.cost = attempt.known_cost();
    return deed;
}

// The ledger's column: what the task cost with all its attempts, as far as that is known.
std::optional<double> Engine::cost_of(const Row& row, const Ending& ending) const {
    const double cost = row.cost + ending.charge.cost;
    const bool known = ending.state == State::succeeded && money_.has_price(row);
    return known || cost > 0 ? std::optional(cost) : std::nullopt;
}

}  // namespace nightshift
