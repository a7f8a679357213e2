#include "cli/doctor/finding.hpp"

#include <array>
#include <utility>

namespace nightshift::cli {

std::string_view name_of(Grade grade) {
    switch (grade) {
        case Grade::ok:
            return "ok";
        case Grade::warn:
            return "warn";
        case Grade::fail:
            break;
    }
    return "fail";
}

Finding Finding::ok(std::string name, std::string found) {
    return {.grade = Grade::ok,
            .name = std::move(name),
            .found = std::move(found),
            .what_to_do = "",
            .exit_code = exit_ok};
}

Finding Finding::warn(std::string name, std::string found, std::string what_to_do) {
    return {.grade = Grade::warn,
            .name = std::move(name),
            .found = std::move(found),
            .what_to_do = std::move(what_to_do),
            .exit_code = exit_ok};
}

Finding Finding::fail(ExitCode code, std::string name, std::string found, std::string what_to_do) {
    return {.grade = Grade::fail,
            .name = std::move(name),
            .found = std::move(found),
            .what_to_do = std::move(what_to_do),
            .exit_code = code};
}

ExitCode exit_code_of(const std::vector<Finding>& findings) {
    for (const auto code : {exit_bug, exit_storage, exit_in_use, exit_usage, exit_credentials,
                            exit_quota, exit_misconfigured}) {
        for (const auto& finding : findings) {
            if (finding.grade == Grade::fail && finding.exit_code == code) return code;
        }
    }
    return exit_ok;
}

Advice advice_in(const std::string& text, const std::string& otherwise) {
    const auto at = text.rfind("; ");
    if (at == std::string::npos || at + 2 == text.size()) return {text, otherwise};
    return {text.substr(0, at), text.substr(at + 2)};
}

}  // namespace nightshift::cli
