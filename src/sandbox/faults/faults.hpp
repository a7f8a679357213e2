// The fault rules of one gateway: which call meets which fault (schemas/sandbox_faults.json).
#pragma once

#include "sandbox/call/route.hpp"
#include "sandbox/faults/fault.hpp"
#include "sandbox/media/seeded_random.hpp"

#include <cstdint>
#include <filesystem>
#include <limits>
#include <string>
#include <unordered_map>
#include <vector>

namespace nightshift::sandbox {

// What a rule is asked about. `key` tells bodies or tasks apart: the body's hash, the task's id,
// the link.
struct Occasion {
    Endpoint endpoint = Endpoint::unknown;
    std::string model;
    std::string key;
    bool body_read = true;
};

struct CallRange {
    std::uint64_t first = 1;
    std::uint64_t last = std::numeric_limits<std::uint64_t>::max();
};

struct Rule {
    std::vector<Endpoint> endpoints;  // empty: all
    std::string model = "*";
    std::vector<CallRange> calls;  // empty: all
    std::uint64_t every = 1;
    double probability = 1;
    std::uint64_t times = std::numeric_limits<std::uint64_t>::max();
    bool by_key = false;  // calls are counted for each body, task or link
    Fault fault;

    std::uint64_t seen = 0;  // calls that matched endpoint and model
    std::uint64_t done = 0;  // times the fault was dealt
    std::unordered_map<std::string, std::uint64_t> seen_by_key;
};

class Faults {
public:
    Faults() = default;
    Faults(std::vector<Rule> rules, std::uint64_t seed) : rules_(std::move(rules)), dice_(seed) {}

    // The fault of the first rule that applies. Counts the call for every rule it matches, so the
    // rules that cut before the body are asked first, with `body_read` false, and only then.
    Fault deal(const Occasion& occasion);

    bool empty() const { return rules_.empty(); }

private:
    std::vector<Rule> rules_;
    Dice dice_{1};
};

// No file, no rules. Throws std::runtime_error `FILE: rule 2: unknown key "stauts"`.
Faults read_faults(const std::filesystem::path& file, std::uint64_t seed);

}  // namespace nightshift::sandbox
