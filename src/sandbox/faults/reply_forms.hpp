// The other shapes of a good reply that `form` in a faults file may ask an endpoint for.
#pragma once

#include "sandbox/call/route.hpp"

#include <string_view>
#include <vector>

namespace nightshift::sandbox {

// Empty: the endpoint takes no form.
std::vector<std::string_view> forms_of(Endpoint endpoint);

}  // namespace nightshift::sandbox
