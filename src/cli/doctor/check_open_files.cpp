// Are there enough file descriptors for the requests that should be in flight?

#include "cli/doctor/checks.hpp"
#include "cli/input/fd_budget.hpp"

#include <fmt/format.h>

namespace nightshift::cli {

Finding check_open_files(const OpenFilesFacts& facts) {
    const auto plan =
        plan_descriptors(facts.limit, facts.in_use, facts.concurrency, facts.loopback);
    const auto words = descriptor_warning(plan, facts.limit, facts.concurrency);
    if (words.empty()) {
        return Finding::ok("open files", fmt::format("{} allowed, enough for {} requests in flight",
                                                     facts.limit, facts.concurrency));
    }
    const auto advice = advice_in(words, "raise the hard limit");
    return Finding::warn("open files", advice.what, advice.what_to_do);
}

}  // namespace nightshift::cli
