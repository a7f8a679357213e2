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

// Under which account of --resend a task is booked.

// generateContent makes text and images; what was asked for decides (contract section 6.4).
inline const std::string generate_image_key = "generate_content:image";

std::string resend_key(const Job& job, const Task& task);
// Of a whole lane, by what its model's name says.
std::string resend_key_of_lane(std::string_view endpoint, std::string_view model);

// What applies to a key: the option of its endpoint, else the job's own default.
ResendRule resend_rule(const std::string& key, const std::map<std::string, ResendRule>& options);

}  // namespace nightshift
