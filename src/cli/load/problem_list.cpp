#include "cli/load/problem_list.hpp"

#include "base/text/counted.hpp"
#include "base/text/terminal_text.hpp"

#include <fmt/format.h>

namespace nightshift::cli {
namespace {

constexpr std::int64_t shown_of_a_kind = 3;
constexpr std::size_t kinds_max = 10'000;  // remembered; what comes after is all shown

// Ids, lines and values often differ by their number alone.
std::string without_digits(const Problem& problem) {
    std::string key = problem.warning ? "w" : "p";
    for (const char c : problem.what + ";" + problem.what_to_do) {
        const bool digit = c >= '0' && c <= '9';
        if (!digit || key.back() != '0') key += digit ? '0' : c;
    }
    return key;
}

}  // namespace

void ProblemList::add(const Problem& problem) {
    auto key = without_digits(problem);
    auto found = alike_.find(key);
    if (found == alike_.end() && alike_.size() < kinds_max) {
        found = alike_.try_emplace(std::move(key)).first;
        found->second.example = problem.what;
        found->second.warning = problem.warning;
    }
    if (found != alike_.end() && ++found->second.count > shown_of_a_kind) return;
    print_(problem.text() + (problem.warning ? " (warning)\n" : "\n"));
}

void ProblemList::finish() {
    for (const auto& [key, alike] : alike_) {
        const auto left_out = alike.count - shown_of_a_kind;
        if (left_out <= 0) continue;
        print_(fmt::format("... and {} like it: {}{}\n", counted(left_out, "line"),
                           term_safe(alike.example, 200), alike.warning ? " (warning)" : ""));
    }
    alike_.clear();
}

}  // namespace nightshift::cli
