// One line of `nightshift doctor`: what was looked at, what was found, what to do about it.

#pragma once

#include "cli/input/exit_code.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace nightshift::cli {

enum class Grade { ok, warn, fail };

std::string_view name_of(Grade grade);

struct Finding {
    Grade grade = Grade::ok;
    std::string name;              // of what was looked at: "key", "TLS", "disk"
    std::string found;             // never the key
    std::string what_to_do;        // empty only with ok
    ExitCode exit_code = exit_ok;  // of a fail: what a run would end with

    static Finding ok(std::string name, std::string found);
    static Finding warn(std::string name, std::string found, std::string what_to_do);
    static Finding fail(ExitCode code, std::string name, std::string found, std::string what_to_do);
};

// exit_ok when nothing failed, else the first code of the failures in the contract's order.
ExitCode exit_code_of(const std::vector<Finding>& findings);

// "what; what to do" as errors put it, taken apart at the last "; ". Without one, or when nothing
// follows it: all of it and `otherwise`.
struct Advice {
    std::string what, what_to_do;
};
Advice advice_in(const std::string& text, const std::string& otherwise);

}  // namespace nightshift::cli
