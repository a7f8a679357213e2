// Of things that are alike - failures of one kind and model, one notice again and again - the
// first few are shown, the others are counted and told once a minute. Pure.

#pragma once

#include "engine/run/progress.hpp"

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace nightshift::screen {

class Repeats {
public:
    enum class Shown { yes, last, no };  // last: those that follow are only counted
    Shown seen(const std::string& what);
    // "37 more like it: WHAT", for what was left out since the last time; at most once a minute.
    std::vector<std::string> left_out(double now_s);

private:
    struct Tally {
        std::int64_t seen = 0, left_out = 0;
    };
    std::map<std::string, Tally> tallies_;
    double told_s_ = 0;
};

// What is said of a task that failed or is held, as long as its like is shown; nothing of others.
// An id is cut at so many bytes (0: whole).
std::optional<std::string> trouble_line(Repeats& repeats, const TaskEvent& event,
                                        std::size_t id_bytes_max = 0);

// Two notices are alike when they differ in numbers only.
std::string without_numbers(std::string text);

}  // namespace nightshift::screen
