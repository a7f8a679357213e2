// Names of models, as different channels spell them.

#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace nightshift::jobs {

// The name that a reply gives, when it is another model's than was asked for; nothing when it is
// the same but for letter case, a provider before it ("openai/"), or the date of its snapshot
// behind it, and nothing when the reply names none.
std::optional<std::string> other_model(std::string_view asked, std::string_view named);

}  // namespace nightshift::jobs
