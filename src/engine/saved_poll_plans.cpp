// What the polls of each lane taught outlives a run: `learned.polls.<endpoint>.<model>` in the
// queue's meta.

#include "engine/lane.hpp"

namespace nightshift {
namespace {

std::string key_of(const Lane& lane) {
    return "learned.polls." + lane.endpoint + "." + lane.model;
}

}  // namespace

Async<void> Engine::load_poll_plans() {
    polls_saved_at_ = shared_.world.clock.now();
    auto read = [this](Store& store) {
        for (const auto& lane : order_) {
            if (lane->makes_remote_tasks()) lane->polls.saved = store.meta(key_of(lane->lane));
        }
    };
    co_await shared_.world.queue.run(std::move(read));
    for (const auto& lane : order_) {
        if (!lane->polls.saved.empty()) lane->polls.plan.take_json(lane->polls.saved);
    }
}

// A crash may lose a minute of it: nothing depends on it but how often is asked.
Async<void> Engine::save_poll_plans() {
    polls_saved_at_ = shared_.world.clock.now();
    std::vector<std::pair<std::string, std::string>> learned;
    for (const auto& lane : order_) {
        if (!lane->makes_remote_tasks()) continue;
        auto text = lane->polls.plan.to_json();
        if (text == lane->polls.saved) continue;
        lane->polls.saved = text;
        learned.emplace_back(key_of(lane->lane), std::move(text));
    }
    if (learned.empty()) co_return;
    auto note = [&learned](Store& store) {
        for (const auto& [key, text] : learned) store.set_meta(key, text);
    };
    co_await shared_.world.queue.run(std::move(note));
}

}  // namespace nightshift
