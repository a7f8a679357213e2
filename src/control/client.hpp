// Asks the process that runs a run directory. Blocking.

#pragma once

#include "control/protocol.hpp"

#include <filesystem>
#include <optional>

namespace nightshift::control {

struct Asked {
    enum class Outcome {
        answered,
        not_there,  // nobody listens
        gone,       // it ended, or hung up, before it answered
        silent,     // it did not answer in time
    };
    Outcome outcome = Outcome::answered;
    Answer answer;
};

// `wait_s`: for the answer; absent: as long as the process lives.
Asked ask(const std::filesystem::path& folder, const Request& request,
          std::optional<double> wait_s);

}  // namespace nightshift::control
