// One simulated night: a queue of mixed tasks, a gateway, a network and a disk with the moods that
// the seed gives them, and a program that is killed, cut off from power and started again until
// everything has come to its end. Then the oracle looks at what is left.

#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace nightshift::test {

struct NightReport {
    std::uint64_t seed = 0;
    std::vector<std::string> violations;
    int tasks = 0, succeeded = 0, failed = 0, held = 0;
    int lives = 0, kills = 0, power_cuts = 0, stops = 0;
    int billed = 0;
    double hours = 0;       // virtual, of the whole night
    double task_hours = 0;  // virtual, from queued to finished, all tasks
    std::string story;      // one line for each life
    std::string ledger_sha256;  // of ledger.jsonl at the end; empty when nothing was judged
};

NightReport live_night(std::uint64_t seed);

}  // namespace nightshift::test
