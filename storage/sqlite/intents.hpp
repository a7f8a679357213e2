// Intents as the queue keeps them while their tasks are under way: one row of the table `intent`
// for all that one transaction made, until the last of them has ended. Not durable by itself: who
// writes the queue keeps this beside it.

#pragma once

#include <cstdint>
#include <string>
#include <unordered_map>
#include <vector>

namespace nightshift {

class IntentTurns {
public:
    // An intent of the present turn: `number` is its fencing token, `at` is in Unix milliseconds.
    // Returns the turn, which is never 0.
    std::int64_t add(std::int64_t row, std::int64_t number, std::int64_t at);
    // One of the turn's intents has ended.
    void end(std::int64_t turn);

    std::int64_t turn() const { return turn_; }
    // JSON: [[row, number, at], ...] of the present turn; empty when it has none.
    std::string rows() const { return rows_.empty() ? "" : rows_ + "]"; }
    // Turns all of whose intents have ended since the last `next`.
    const std::vector<std::int64_t>& over() const { return over_; }

    // What the present turn brought is written.
    void next();
    // All intents stand in the rows of their tasks, or nobody knows where.
    void clear();

private:
    std::int64_t turn_ = 1;
    std::string rows_;                                     // without the last bracket
    std::unordered_map<std::int64_t, std::int64_t> open_;  // intents that have not ended, by turn
    std::vector<std::int64_t> over_;
};

}  // namespace nightshift
