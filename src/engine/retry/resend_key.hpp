// Under which account of --resend a task is booked.

#pragma once

#include "engine/retry/resend.hpp"
#include "jobs/protocol/job.hpp"

#include <map>
#include <string>
#include <string_view>

namespace nightshift {

// generateContent makes text and images; what was asked for decides (contract section 6.4).
inline const std::string generate_image_key = "generate_content:image";

std::string resend_key(const Job& job, const Task& task);
// Of a whole lane, by what its model's name says.
std::string resend_key_of_lane(std::string_view endpoint, std::string_view model);

// What applies to a key: the option of its endpoint, else the job's own default.
ResendRule resend_rule(const std::string& key, const std::map<std::string, ResendRule>& options);

}  // namespace nightshift
