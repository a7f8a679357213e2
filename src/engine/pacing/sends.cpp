#include "engine/pacing/sends.hpp"

#include <algorithm>

namespace nightshift {

std::uint64_t Sends::add(Instant now, int in_flight, double tokens) {
    sends_.push_back(
        {.number = ++last_number_, .at = now, .in_flight = in_flight, .tokens = tokens});
    const auto most = least_kept + 2 * static_cast<std::size_t>(in_flight);
    while (sends_.size() > most && sends_.front().fate != Send::Fate::open) sends_.pop_front();
    return last_number_;
}

const Send* Sends::at(std::uint64_t number) const {
    if (sends_.empty() || number < sends_.front().number || number > last_number_) return nullptr;
    return &sends_[number - sends_.front().number];
}

Send* Sends::find(std::uint64_t number) {
    return const_cast<Send*>(at(number));
}

Sends::Run Sends::run_around(std::uint64_t number) const {
    const auto refused = [this](std::uint64_t each) {
        const auto* send = at(each);
        return send != nullptr && send->fate == Send::Fate::refused;
    };
    auto first = number, last = number;
    while (refused(first - 1)) --first;
    while (refused(last + 1)) ++last;
    const auto* begin = at(first);
    return {static_cast<int>(last - first) + 1, begin != nullptr ? begin->at : Instant{}, first};
}

bool Sends::left_beside(const Send& send, int in_flight) const {
    const auto is_there = [&](const Send* each) {
        return each != nullptr && each->in_flight >= in_flight && each->fate != Send::Fate::refused;
    };
    return is_there(at(send.number - 1)) || is_there(at(send.number + 1));
}

int Sends::refused_of(int count) const {
    const auto all = static_cast<std::ptrdiff_t>(sends_.size());
    const auto begin = sends_.end() - std::min<std::ptrdiff_t>(count, all);
    return static_cast<int>(std::count_if(
        begin, sends_.end(), [](const Send& each) { return each.fate == Send::Fate::refused; }));
}

void Sends::explain_run_around(std::uint64_t number) {
    const auto run = run_around(number);
    for (auto each = run.first; each < run.first + static_cast<std::uint64_t>(run.length); ++each) {
        find(each)->explained = true;
    }
}

void Sends::explain_all() {
    for (auto& each : sends_) each.explained = each.fate == Send::Fate::refused;
}

Sends::Scattered Sends::scattered_before(std::uint64_t number) const {
    Scattered scattered;
    for (const auto& each : sends_) {
        if (each.number >= number) break;
        if (each.explained || each.fate == Send::Fate::lost) continue;
        ++scattered.all;
        if (each.fate == Send::Fate::refused) ++scattered.refused;
    }
    return scattered;
}

Sends::Sides Sends::sides(int in_flight, double reply_s, Instant now) const {
    Sides sides;
    for (const auto& each : sends_) {
        if (each.fate == Send::Fate::lost) continue;
        const bool open = each.fate == Send::Fate::open;
        if (open && to_seconds(now - each.at) < reply_s) continue;
        const bool refused = each.fate == Send::Fate::refused;
        const bool below = each.in_flight + 1 < in_flight;
        if (each.in_flight + 1 == in_flight && !refused) continue;  // on the edge
        auto& count = below ? (refused ? sides.below_refused : sides.below_in)
                            : (refused ? sides.above_refused : sides.above_in);
        ++count;
    }
    return sides;
}

}  // namespace nightshift
