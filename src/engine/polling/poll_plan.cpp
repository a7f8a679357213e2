#include "engine/polling/poll_plan.hpp"

#include "base/bounds.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <cmath>

namespace nightshift {
namespace {

// Stretches are one interval wide, from an age of `fine` intervals on a part of the age; the last
// one begins beyond any deadline that makes sense.
constexpr double fine = 24;
constexpr double last_age = 20'000;  // in intervals: 83 hours at the default

constexpr double memory = 256;     // passages of a stretch before older ones count half
constexpr double borrowed = 3;     // passages' worth of the stretch before: what is not known yet
constexpr double quiet_from = 50;  // passages that can say that nothing ends in a stretch
constexpr double quiet_share = 0.01;
constexpr double doubt = 0.05;  // of an end that was not seen: it may be where none was before
constexpr double steps = 4;     // of one interval, when the time ahead is weighed

// What one poll is worth, as lateness, in intervals (at the default 4.2 s and 1.8 s): with the
// clips of three to ten minutes that the gateway makes, about seven polls and 20 s, or nine and 13
// s.
constexpr double worth = 0.28;
constexpr double worth_for_place = 0.125;

}  // namespace

PollPlan::PollPlan(double poll_interval_s) : unit_s_(poll_interval_s) {}

void PollPlan::make_stretches() {
    if (!stretches_.empty()) return;
    for (double age = 0; age < last_age;) {
        age += std::max(1.0, age / fine);
        stretches_.push_back({.upper_s = age * unit_s_});
    }
}

std::size_t PollPlan::at(double age_s) const {
    const auto found =
        std::upper_bound(stretches_.begin(), stretches_.end() - 1, age_s,
                         [](double age, const Stretch& each) { return age < each.upper_s; });
    return static_cast<std::size_t>(found - stretches_.begin());
}

double PollPlan::overlap_s(std::size_t i, double from_s, double to_s) const {
    return std::max(0.0, std::min(to_s, stretches_[i].upper_s) - std::max(from_s, lower_s(i)));
}

// Where between two polls a task ended is not known: likely where others do.
std::vector<double> PollPlan::shares_of_end(double from_s, double to_s) const {
    const auto first = at(from_s), last = at(to_s);
    std::vector<double> shares(last - first + 1);
    double expected = 0;
    for (auto i = first; i <= last; ++i) {
        expected += stretches_[i].hazard * overlap_s(i, from_s, to_s);
    }
    const double anywhere = doubt * expected / (to_s - from_s) + 1e-9 / unit_s_;
    double total = 0;
    for (auto i = first; i <= last; ++i) {
        auto& share = shares[i - first];
        share = overlap_s(i, from_s, to_s) * (stretches_[i].hazard + anywhere);
        total += share;
    }
    for (auto& share : shares) share = total > 0 ? share / total : 0;
    return shares;
}

void PollPlan::saw(double from_s, double to_s, bool done) {
    make_stretches();
    const double longest_s = limits::poll_quiet_intervals * unit_s_;
    if (!(to_s > from_s) || from_s < 0 || to_s >= stretches_.back().upper_s) return;
    // After a sleep of hours nothing is known of when it ended.
    if (done && to_s - from_s > 2 * longest_s) return;
    const auto first = at(from_s), last = at(to_s);
    const auto shares = done ? shares_of_end(from_s, to_s) : std::vector<double>();
    double beyond = done ? 0 : 1;  // the part of the task that went on after the stretch
    for (auto i = last + 1; i-- > first;) {
        auto& each = stretches_[i];
        const double share = done ? shares[i - first] : 0;
        each.ends += share;
        each.passages +=
            overlap_s(i, from_s, to_s) / (each.upper_s - lower_s(i)) * (beyond + share / 2);
        beyond += share;
        if (each.passages > memory) {
            each.passages /= 2;
            each.ends /= 2;
        }
    }
    smooth();
}

void PollPlan::smooth() {
    double before = 0;
    for (std::size_t i = 0; i < stretches_.size(); ++i) {
        auto& each = stretches_[i];
        const double width_s = each.upper_s - lower_s(i);
        each.hazard =
            (each.ends + borrowed * before * width_s) / ((each.passages + borrowed) * width_s);
        before = each.hazard;
    }
}

double PollPlan::next_interval(const Asking& asking) {
    make_stretches();
    const double least_s = unit_s_ / (1 - limits::poll_jitter);
    const double late_max_s = limits::poll_late_intervals * unit_s_;
    const double quiet_max_s = limits::poll_quiet_intervals * unit_s_;
    const double worth_s = (asking.waiting_for_place ? worth_for_place : worth) * unit_s_;
    const double step_s = unit_s_ / steps;
    double interval_s = 0, late_s = 0, alive = 1;
    double most_s = late_max_s;  // late_max_s after the end of what is quiet
    bool quiet = true;
    while (interval_s < most_s) {
        const auto& ahead = stretches_[at(asking.age_s + interval_s + step_s / 2)];
        quiet = quiet && ahead.passages >= quiet_from && ahead.ends < quiet_share * ahead.passages;
        if (quiet) most_s = std::min(quiet_max_s, interval_s + step_s + late_max_s);
        alive *= std::exp(-ahead.hazard * step_s);
        const double more_s = (1 - alive) * step_s;
        if (late_s + more_s >= worth_s) {
            interval_s += step_s * (worth_s - late_s) / more_s;
            break;
        }
        late_s += more_s;
        interval_s += step_s;
    }
    const bool known = stretches_[at(asking.age_s + interval_s)].passages >= borrowed;
    if (asking.scout && !known) interval_s = std::min(interval_s, asking.age_s / 3);
    return std::clamp(interval_s, least_s, most_s / (1 + limits::poll_jitter));
}

std::string PollPlan::to_json() const {
    auto rounded = [](double value) { return std::round(value * 100) / 100; };
    auto passages = nlohmann::json::array(), ends = nlohmann::json::array();
    for (const auto& each : stretches_) {
        passages.push_back(rounded(each.passages));
        ends.push_back(rounded(each.ends));
    }
    while (!passages.empty() && passages.back() == 0 && ends.back() == 0) {
        passages.erase(passages.size() - 1);
        ends.erase(ends.size() - 1);
    }
    if (passages.empty()) return "";
    return nlohmann::json{{"interval", unit_s_}, {"passages", passages}, {"ends", ends}}.dump();
}

void PollPlan::take_json(std::string_view text) {
    const auto json = nlohmann::json::parse(text, nullptr, false);
    if (!json.is_object() || json.value("interval", nlohmann::json()) != unit_s_) return;
    const auto passages = json.value("passages", nlohmann::json());
    const auto ends = json.value("ends", nlohmann::json());
    if (!passages.is_array() || !ends.is_array() || passages.size() != ends.size()) return;
    make_stretches();
    auto learned = stretches_;
    for (std::size_t i = 0; i < std::min(passages.size(), learned.size()); ++i) {
        if (!passages[i].is_number() || !ends[i].is_number()) return;
        learned[i].passages = std::clamp(passages[i].get<double>(), 0.0, memory);
        learned[i].ends = std::clamp(ends[i].get<double>(), 0.0, memory);
    }
    stretches_ = std::move(learned);
    smooth();
}

}  // namespace nightshift
