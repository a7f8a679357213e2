// --resend: whether a request of unknown outcome may be sent again (contract section 6.4). Budgets
// in percent are of the endpoint's tasks, rounded up, and kept over restarts.

#pragma once

#include "jobs/protocol/job.hpp"

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

namespace nightshift {

struct ResendRule {
    bool all = false;
    double percent = 0;  // of the tasks of that endpoint; 0 with !all: none

    // "all", "none" or "N%"; throws UsageError.
    static ResendRule parse(std::string_view text);
    static ResendRule of(Resend preset);
};

// Counts what was granted. `key` is what a budget is kept under: the endpoint, or for
// generate_content tasks that ask for images "generate_content:image".
class ResendBudget {
public:
    void set(const std::string& key, ResendRule rule, std::int64_t tasks, std::int64_t used);
    bool knows(const std::string& key) const { return accounts_.count(key) > 0; }
    bool would_allow(const std::string& key) const;
    bool take(const std::string& key);  // false: not allowed
    std::int64_t used(const std::string& key) const;

private:
    struct Account {
        ResendRule rule;
        std::int64_t allowed = 0, used = 0;
    };
    std::map<std::string, Account> accounts_;
};

}  // namespace nightshift
