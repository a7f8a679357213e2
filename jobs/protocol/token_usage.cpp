// Spellings: OpenAI (chat, responses, images), Anthropic, Gemini (camel and snake case), DeepSeek
// (prompt_cache_hit_tokens and _miss_), Moonshot (cached_tokens beside the others), OpenRouter
// (cache_write_tokens), the gateway's own (cached_creation_tokens, claude_cache_creation_*); wire
// contract 3.3, 4.2, 5.3, 6.

#include "jobs/protocol/token_usage.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <initializer_list>
#include <optional>

namespace nightshift::jobs {
namespace {

using Count = std::optional<std::int64_t>;
using OrderedJson = nlohmann::ordered_json;
using Paths = std::initializer_list<std::string_view>;

constexpr std::int64_t count_max = 1'000'000'000'000;

Count count_at(JsonElement counts, std::string_view path) {
    const auto number = integer_at(counts, path);
    return number && *number >= 0 && *number <= count_max ? number : std::nullopt;
}

// The first that counts anything; else zero if one says so.
Count first_count(JsonElement counts, Paths paths) {
    Count found;
    for (const auto path : paths) {
        const auto count = count_at(counts, path);
        if (count && !found) found = count;
        if (count && *count > 0) return count;
    }
    return found;
}

// All of them; unknown when none is there.
Count sum_of(JsonElement counts, Paths paths) {
    Count sum;
    for (const auto path : paths) {
        if (const auto count = count_at(counts, path)) sum = sum.value_or(0) + *count;
    }
    return sum;
}

Count cache_writes(JsonElement counts) {
    const auto told = first_count(
        counts,
        {"cache_creation_input_tokens", "cache_write_tokens", "cache_creation_tokens",
         "prompt_tokens_details.cache_write_tokens", "prompt_tokens_details.cache_creation_tokens",
         "prompt_tokens_details.cached_creation_tokens", "input_tokens_details.cache_write_tokens",
         "input_tokens_details.cached_creation_tokens"});
    if (told && *told > 0) return told;
    auto parts = sum_of(counts, {"cache_creation.ephemeral_5m_input_tokens",
                                 "cache_creation.ephemeral_1h_input_tokens"});
    if (!parts || *parts == 0) {
        parts = sum_of(counts,
                       {"claude_cache_creation_5_m_tokens", "claude_cache_creation_1_h_tokens"});
    }
    return parts && *parts > 0 ? parts : told;
}

// Gemini's thoughts count after the answer on native channels; converted ones include them.
void add_thoughts(Usage& usage, JsonElement counts, const Count& total) {
    const auto thoughts = first_count(counts, {"thoughtsTokenCount", "thoughts_token_count"});
    if (!thoughts) return;
    usage.reasoning_tokens = thoughts;
    const auto both = usage.output_tokens.value_or(0) + *thoughts;
    if (*thoughts > 0 && total.value_or(0) >= usage.input_tokens.value_or(0) + both) {
        usage.output_tokens = both;
    }
}

bool counts_anything(const OrderedJson& value) {
    return !value.is_null() && !(value.is_number() && value <= 0);
}

void merge(OrderedJson& into, const OrderedJson& more) {
    for (const auto& [name, value] : more.items()) {
        auto& here = into[name];
        if (here.is_object() && value.is_object()) {
            merge(here, value);
        } else if (here.is_null() || counts_anything(value)) {
            here = value;
        }
    }
}

}  // namespace

Usage usage_in(JsonElement counts, CacheCounts cache) {
    const auto of = [counts](Paths paths) { return first_count(counts, paths); };
    Usage usage;
    usage.input_tokens =
        of({"prompt_tokens", "input_tokens", "promptTokenCount", "prompt_token_count"});
    usage.output_tokens = of(
        {"completion_tokens", "output_tokens", "candidatesTokenCount", "candidates_token_count"});
    usage.reasoning_tokens = of({"completion_tokens_details.reasoning_tokens",
                                 "output_tokens_details.reasoning_tokens", "reasoning_tokens"});
    usage.cached_tokens =
        of({"prompt_tokens_details.cached_tokens", "input_tokens_details.cached_tokens",
            "cache_read_input_tokens", "prompt_cache_hit_tokens", "cached_tokens",
            "cachedContentTokenCount", "cached_content_token_count"});
    usage.cache_write_tokens = cache_writes(counts);
    const auto parts = usage.cached_tokens.value_or(0) + usage.cache_write_tokens.value_or(0);
    if (!usage.input_tokens) {
        usage.input_tokens =
            sum_of(counts, {"prompt_cache_hit_tokens", "prompt_cache_miss_tokens"});
    }
    const auto total = of({"total_tokens", "totalTokenCount", "total_token_count"});
    if (!usage.input_tokens && usage.output_tokens && total >= usage.output_tokens) {
        usage.input_tokens = *total - *usage.output_tokens;
    } else if (usage.input_tokens &&
               (cache == CacheCounts::beside_input || parts > *usage.input_tokens)) {
        *usage.input_tokens += parts;  // parts are no larger than the whole: they stand beside it
    }
    if (!usage.output_tokens && usage.input_tokens && total >= usage.input_tokens) {
        usage.output_tokens = *total - *usage.input_tokens;
    }
    add_thoughts(usage, counts, total);
    return usage;
}

Usage usage_of(JsonElement root, CacheCounts cache) {
    const auto counts = find_value(root, "usage");
    return counts && counts->is_object() ? usage_in(*counts, cache) : Usage{};
}

std::string merged_usage(std::string_view before, JsonElement more) {
    if (!more.is_object()) return std::string(before);
    if (before == "null") return json_of(more);
    auto merged = OrderedJson::parse(before);
    merge(merged, OrderedJson::parse(json_of(more)));
    return merged.dump(-1, ' ', false, OrderedJson::error_handler_t::replace);
}

}  // namespace nightshift::jobs
