// Where output files lie below outputs/, as the user has it: "{tag}/{id}". Steps are divided by
// "/"; {id}, {tag} (the first), {model} and {endpoint} stand for what a task has, and "{id}" is in
// the last step, so that every task has a name of its own.

#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace nightshift {

// What is wrong with a pattern and what to do about it; "" for one that can be used.
std::string wrong_with_output_pattern(std::string_view pattern);

// The steps of a good pattern, each {word} replaced by what `value` has for it.
std::vector<std::string> steps_of_output_pattern(
    std::string_view pattern, const std::function<std::string(std::string_view word)>& value);

}  // namespace nightshift
