// GET /v1/models with the wire contract's rule for a good answer (2.4).

#pragma once

#include "cli/credentials.hpp"

#include <string>
#include <vector>

namespace nightshift::cli {

struct ModelsAnswer {
    int exit_code = 0;                // 0, or the code of the stop it means
    std::string problem;              // one line, when there is one
    std::vector<std::string> models;  // sorted
};

// Tries three times when the failure is passing.
ModelsAnswer ask_models(const Credentials& credentials);

}  // namespace nightshift::cli
