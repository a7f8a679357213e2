// Prompts whose beginning was sent before: what a real model would have read from its cache, for
// the counts of a reply's usage. Nothing is faster for it.
#pragma once

#include "sandbox/call/request.hpp"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <string_view>
#include <unordered_set>

namespace nightshift::sandbox {

class PromptCache {
public:
    // Tokens of the input; what was read was not written.
    struct Use {
        std::int64_t read = 0, written = 0;
    };

    // Of models that cache by themselves, in steps of 128 tokens from 1,024 on.
    Use by_itself(const Call& call);
    // Of Anthropic's, which cache what stands before a `cache_control`, from 1,024 tokens on.
    Use as_marked(const Call& call);

private:
    bool knows(std::uint64_t prefix) const { return known_.count(prefix) > 0; }
    void remember(std::uint64_t prefix);

    std::unordered_set<std::uint64_t> known_;
    std::deque<std::uint64_t> order_;  // the oldest is forgotten first
};

}  // namespace nightshift::sandbox
