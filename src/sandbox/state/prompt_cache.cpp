// developers.openai.com "Prompt caching": 1,024 tokens, then steps of 128;
// docs.anthropic.com "Prompt caching": up to the last block with cache_control, 1,024 tokens or
// more; ai.google.dev "Context caching": implicit, 1,024 tokens for Flash.
#include "sandbox/state/prompt_cache.hpp"

#include "sandbox/media/sample_text.hpp"
#include "sandbox/media/seeded_random.hpp"

#include <string>
#include <vector>

namespace nightshift::sandbox {
namespace {

constexpr std::int64_t cached_tokens_min = 1024, step_tokens = 128;
constexpr std::size_t body_bytes_min = 3 * cached_tokens_min;  // fewer cannot hold as many tokens
constexpr std::size_t prefixes_max = 100'000;

struct Block {
    std::string text;
    bool is_marked = false;
};

void add_content(const Json& content, std::vector<Block>& blocks) {
    if (!content.is_array()) {
        blocks.push_back({text_of_content(content)});
        return;
    }
    for (const Json& part : content) {
        blocks.push_back({text_at(part, "text"), !value_at(part, "cache_control").is_null()});
    }
}

// In the order in which models read them.
std::vector<Block> blocks_of(const Call& call) {
    std::vector<Block> blocks;
    for (const Json& tool : value_at(call.json, "tools")) {
        blocks.push_back({tool.dump(), !value_at(tool, "cache_control").is_null()});
    }
    add_content(value_at(call.json, "system"), blocks);
    for (const char* list : {"messages", "contents"}) {
        for (const Json& message : value_at(call.json, list)) {
            const Json& parts = value_at(message, "parts");
            add_content(parts.is_array() ? parts : value_at(message, "content"), blocks);
        }
    }
    const bool all = !value_at(call.json, "cache_control").is_null();
    if (all && !blocks.empty()) blocks.back().is_marked = true;
    return blocks;
}

std::uint64_t start_of(const Call& call) {
    return mix(mix(static_cast<std::uint64_t>(call.caller.user), "prompt"), call.model);
}

}  // namespace

void PromptCache::remember(std::uint64_t prefix) {
    if (!known_.insert(prefix).second) return;
    order_.push_back(prefix);
    if (order_.size() <= prefixes_max) return;
    known_.erase(order_.front());
    order_.pop_front();
}

PromptCache::Use PromptCache::by_itself(const Call& call) {
    if (call.body.size() < body_bytes_min) return {};
    std::string prompt;
    for (const auto& block : blocks_of(call)) prompt += block.text + '\n';
    Use use;
    auto prefix = start_of(call);
    std::int64_t tokens = 0;
    bool is_known = true;
    std::string_view rest = prompt;
    while (true) {
        const auto step = first_tokens(rest, step_tokens);
        if (step.size() == rest.size()) break;  // the last one, whole or not
        rest.remove_prefix(step.size());
        prefix = mix(prefix, step);
        tokens += step_tokens;
        is_known = is_known && knows(prefix);
        if (is_known) use.read = tokens;
        remember(prefix);
    }
    return use.read >= cached_tokens_min ? use : Use{};
}

PromptCache::Use PromptCache::as_marked(const Call& call) {
    if (call.body.size() < body_bytes_min) return {};
    Use use;
    auto prefix = start_of(call);
    std::int64_t tokens = 0, marked = 0;
    for (const auto& block : blocks_of(call)) {
        prefix = mix(prefix, block.text);
        tokens += tokens_of(block.text);
        if (!block.is_marked || tokens < cached_tokens_min) continue;
        marked = tokens;
        if (knows(prefix)) use.read = tokens;
        remember(prefix);
    }
    use.written = marked - use.read;
    return use;
}

}  // namespace nightshift::sandbox
