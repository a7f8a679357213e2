// Findings as text, so that a test can say what it expects in one line.

#pragma once

#include "cli/doctor/checks.hpp"

#include <optional>
#include <string>
#include <vector>

namespace nightshift::test {

// "warn disk space: what; what to do", with the exit code in front when it failed: "fail 7 ...".
inline std::string told(const cli::Finding& finding) {
    auto text = std::string(cli::name_of(finding.grade));
    if (finding.exit_code != 0) text += " " + std::to_string(finding.exit_code);
    text += " " + finding.name + ": " + finding.found;
    return finding.what_to_do.empty() ? text : text + "; " + finding.what_to_do;
}

inline std::string told(const std::optional<cli::Finding>& finding) {
    return finding ? told(*finding) : "nothing";
}

inline std::string told(const std::vector<cli::Finding>& findings) {
    std::string text;
    for (const auto& finding : findings) text += (text.empty() ? "" : "\n") + told(finding);
    return text;
}

}  // namespace nightshift::test
