// GET /v1/models with the wire contract's rule for a good answer (2.4).

#pragma once

#include "cli/input/credentials.hpp"

#include <optional>
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

// The names in a reply's body: a JSON object without error, success absent or true, data (in the
// Gemini form: models) an array. Sorted. Nothing when it is not that.
std::optional<std::vector<std::string>> models_in(const std::string& body);

}  // namespace nightshift::cli
