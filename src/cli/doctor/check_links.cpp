// Are there paid results whose links die soon?

#include "base/timestamp.hpp"
#include "cli/doctor/checks.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace nightshift::cli {

std::optional<Finding> check_links(const QueueFacts& facts) {
    if (!facts.problem.empty()) return std::nullopt;
    if (facts.dying_links.empty()) return Finding::ok("links", "none is about to expire");
    const auto& [id, first_ms] = facts.dying_links.front();
    const auto dead = std::count_if(facts.dying_links.begin(), facts.dying_links.end(),
                                    [&](const auto& link) { return link.second <= facts.now_ms; });
    auto found = fmt::format("{} result{} not fetched, the first link (of {}) {} at {}",
                             facts.dying_links.size(), facts.dying_links.size() == 1 ? "" : "s", id,
                             dead > 0 ? "expired" : "expires", rfc3339(first_ms));
    return Finding::warn("links", found,
                         dead > 0 ? fmt::format("`nightshift run -o {}` asks for fresh ones, while "
                                                "the gateway still has them",
                                                facts.dir)
                                  : fmt::format("`nightshift run -o {}` fetches them", facts.dir));
}

}  // namespace nightshift::cli
