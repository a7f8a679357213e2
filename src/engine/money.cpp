#include "engine/money.hpp"

#include "base/bounds.hpp"
#include "base/text/terminal_text.hpp"
#include "jobs/protocol/note_keys.hpp"

#include <fmt/format.h>
#include <simdjson.h>

#include <algorithm>
#include <cstdio>

namespace nightshift {
namespace {

bool has_note(const Row& row, std::string_view key) {
    const auto found = row.notes.find(std::string(key));
    return found != row.notes.end() && !found->second.empty();
}

// What was put down for a POST whose result may be fetched again: by `retry`, without another POST.
constexpr const char* charged_key = "charged";

std::string text_of(const Charge& charge) {
    return fmt::format("{} {} {}", charge.cost, charge.maybe_cost, charge.estimated_cost);
}

Charge noted(const Row& row) {
    Charge charge;
    const auto found = row.notes.find(charged_key);
    if (found == row.notes.end()) return charge;
    const int read = std::sscanf(found->second.c_str(), "%lf %lf %lf", &charge.cost,
                                 &charge.maybe_cost, &charge.estimated_cost);
    return read == 3 ? charge : Charge{};
}

enum class Paid { no, yes, maybe };

Paid paid_by(const Failure& failure, const Deed& deed) {
    switch (failure.kind) {
        case Kind::task_failed:
        case Kind::task_cancelled:
            return Paid::no;  // the gateway gives the money back (wire contract 8.1)
        case Kind::task_deadline:
        case Kind::task_lost:
            return Paid::maybe;
        default:
            break;
    }
    if (failure.billing == Billing::unknown) {
        return deed.sent || deed.accepted ? Paid::maybe : Paid::no;
    }
    if (deed.accepted) return Paid::yes;
    return deed.answered && failure.billing == Billing::known ? Paid::yes : Paid::no;
}

}  // namespace

bool Money::is_paid(const Row& row) {
    return std::any_of(jobs::paid_notes.begin(), jobs::paid_notes.end(),
                       [&](std::string_view note) { return has_note(row, note); });
}

void Money::begin(const Charge& before) {
    total_ = before;
    budget_.spend(before.cost + before.maybe_cost);
}

// The line's own bound, or less once the lane's replies say how long they are.
double Money::output_tokens_of(const Row& row) const {
    const auto bound = static_cast<double>(row.estimate.output_tokens_max);
    const auto found = lanes_.find(row.lane);
    if (found == lanes_.end() || found->second.replies < limits::replies_known_min) {
        return bound > 0 ? bound : limits::output_tokens_assumed;
    }
    const auto& lane = found->second;
    const double usual =
        limits::output_margin * lane.output_tokens / static_cast<double>(lane.replies);
    return bound > 0 ? std::min(bound, usual) : usual;
}

double Money::estimate_of(const Row& row) const {
    return estimate_of(row, output_tokens_of(row));
}

double Money::estimate_of(const Row& row, double output_tokens) const {
    const auto* price = price_of(prices_, row.model);
    return price == nullptr ? 0 : estimated_cost(*price, row.estimate, output_tokens);
}

Budget::Start Money::may_start(const Row& row) const {
    return is_paid(row) ? Budget::Start::yes : budget_.may_start(estimate_of(row));
}

std::string Money::why_never(const Row& row) const {
    return fmt::format(
        "--budget {:.6g}: {:.6g} is spent, and the next task ({}) is estimated at {:.6g}; the same "
        "command with a higher budget continues",
        budget_.most().value_or(0), budget_.spent(), term_safe(row.id, 80), estimate_of(row));
}

void Money::reserve(const Row& row) {
    double open = estimate_of(row);
    if (row.state == State::submitted || is_paid(row)) {
        const auto before = noted(row);
        open -= before.cost + before.maybe_cost;
    }
    budget_.reserve(row.row, std::max(0.0, open));
}

Charge Money::of_success(const Row& row, const Task& task, const Outcome& outcome) {
    const auto* price = price_of(prices_, row.model);
    const double output_tokens = output_tokens_of(row);
    if (outcome.usage.output_tokens) {
        auto& lane = lanes_[row.lane];
        ++lane.replies;
        lane.output_tokens += static_cast<double>(*outcome.usage.output_tokens);
    }
    if (price == nullptr) return {};
    return {.cost = cost_of(*price, outcome, task, row.estimate, output_tokens),
            .estimated_cost = estimated_cost(*price, row.estimate, output_tokens)};
}

Charge Money::of_failure(const Row& row, const Failure& failure, const Deed& deed) const {
    const double estimate = estimate_of(row);
    const auto bound = static_cast<double>(row.estimate.output_tokens_max);
    switch (paid_by(failure, deed)) {
        case Paid::yes:
            if (deed.cost) return *deed.cost;
            if (failure.kind == Kind::truncated && bound > 0) {
                return {.cost = estimate_of(row, bound), .estimated_cost = estimate};  // all of it
            }
            return {.cost = estimate, .estimated_cost = estimate};
        case Paid::maybe:
            return {.maybe_cost = estimate};
        case Paid::no:
            break;
    }
    return {};
}

void Money::charge(Ending& ending, const Row& row, const Charge& charge, const Deed& deed) {
    ending.charge = deed.posted ? charge : charge - noted(row);
    const bool noted_before = row.notes.count(charged_key) > 0;
    const bool costs = charge.cost != 0 || charge.maybe_cost != 0;
    if (deed.accepted && (costs || noted_before)) {
        ending.notes[charged_key] = text_of(charge);
    } else if (deed.sent && noted_before) {
        ending.notes[charged_key] = "";  // it was an earlier POST's
    }
}

void Money::known(const Row& row, const Charge& charge) {
    budget_.reserve(row.row, std::max(0.0, charge.cost + charge.maybe_cost));
}

void Money::ended(const Ending& ending) {
    budget_.release(ending.attempt.row);
    budget_.spend(ending.charge.cost + ending.charge.maybe_cost);
    total_ += ending.charge;
}

namespace {

// Ten times 0.1 is a little more than 1: a budget is not refused for the error of a sum.
constexpr double rounding = 1e-9;

}  // namespace

Budget::Start Budget::may_start(double estimate) const {
    if (!most_) return Start::yes;
    const double most = *most_ * (1 + rounding);
    if (spent_ + estimate > most) return Start::never;
    return spent_ + reserved_ + estimate > most ? Start::wait : Start::yes;
}

void Budget::reserve(std::int64_t row, double estimate) {
    release(row);
    rows_.emplace(row, estimate);
    reserved_ += estimate;
}

void Budget::release(std::int64_t row) {
    const auto found = rows_.find(row);
    if (found == rows_.end()) return;
    reserved_ -= found->second;
    rows_.erase(found);
    if (rows_.empty()) reserved_ = 0;  // what is left of rounding
}

namespace {

constexpr double million = 1e6;

// Code points of what is to be spoken; 0 for anything but speech.
double speech_characters(const Task& task) {
    simdjson::dom::parser parser;
    std::string_view input;
    if (task.endpoint != "audio_speech" ||
        parser.parse(task.body)["input"].get(input) != simdjson::SUCCESS) {
        return 0;
    }
    return static_cast<double>(std::count_if(input.begin(), input.end(), [](char c) {
        return (static_cast<unsigned char>(c) & 0xC0) != 0x80;
    }));
}

// Tokens that a cache held or took are part of the input, and have prices of their own.
double cost_of_input(const Price& price, const Usage& usage, double estimated_tokens) {
    const auto count = [](const std::optional<std::int64_t>& tokens, double otherwise) {
        return tokens ? static_cast<double>(*tokens) : otherwise;
    };
    const double all = count(usage.input_tokens, estimated_tokens);
    const double cached = std::min(count(usage.cached_tokens, 0), all);
    const double written = std::min(count(usage.cache_write_tokens, 0), all - cached);
    const double input_price = price.input_per_mtok.value_or(0);
    return (input_price * (all - cached - written) +
            price.cached_input_per_mtok.value_or(input_price) * cached +
            price.cache_write_per_mtok.value_or(input_price) * written) /
           million;
}

}  // namespace

double cost_of(const Price& price, const Outcome& outcome, const Task& task,
               const Estimate& estimate, double estimated_output_tokens) {
    const auto tokens = [](const std::optional<std::int64_t>& count, double estimated) {
        return (count ? static_cast<double>(*count) : estimated) / million;
    };
    double cost = price.per_task.value_or(0);
    cost += cost_of_input(price, outcome.usage, static_cast<double>(estimate.input_tokens));
    cost += price.output_per_mtok.value_or(0) *
            tokens(outcome.usage.output_tokens, estimated_output_tokens);
    if (price.per_character) cost += *price.per_character * speech_characters(task);
    double length_s = 0;
    for (const auto& output : outcome.outputs) {
        if (output.media_type.rfind("image/", 0) == 0) cost += price.per_image.value_or(0);
        length_s += output.duration_s.value_or(0);
    }
    return cost + price.per_second.value_or(0) * (length_s > 0 ? length_s : estimate.seconds);
}

}  // namespace nightshift
