#include "engine/cost.hpp"

#include <simdjson.h>

#include <algorithm>

namespace nightshift {
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
