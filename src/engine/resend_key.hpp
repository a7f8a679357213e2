// Under which account of --resend a task is booked.

#pragma once

#include "engine/resend.hpp"

#include <map>
#include <string>
#include <string_view>

namespace nightshift {

// generateContent makes text and images; what was asked for decides (contract section 6.4).
inline const std::string generate_image_key = "generate_content:image";

// `body` may be empty: then the model's name decides.
std::string resend_key(std::string_view endpoint, std::string_view model, std::string_view body);

// What applies to a key: the option of its endpoint, else the job's own default.
ResendRule resend_rule(const std::string& key, const std::map<std::string, ResendRule>& options);

}  // namespace nightshift
