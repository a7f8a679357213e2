// The fields of a manifest line beside its request, as the queue keeps them.

#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace nightshift {

struct Envelope {
    std::optional<double> timeout_s;
    std::optional<int> attempts_max;
    std::string expect;       // JSON text, or empty
    std::string tags = "[]";  // JSON texts
    std::string metadata = "null";
};

// Reads what src/manifest wrote; tags and metadata keep their bytes (0.1000 stays 0.1000).
Envelope envelope_of(std::string_view json);

}  // namespace nightshift
