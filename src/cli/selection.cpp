#include "cli/selection.hpp"

#include "core/failure.hpp"
#include "jobs/job_table.hpp"

namespace nightshift::cli {

std::pair<std::string, std::string> name_and_value(const std::string& flag,
                                                   const std::string& text) {
    const auto equals = text.find('=');
    if (equals == std::string::npos || equals == 0 || equals + 1 == text.size()) {
        throw UsageError(flag + ": \"" + text + "\" is not of the form NAME=VALUE");
    }
    return {text.substr(0, equals), text.substr(equals + 1)};
}

void require_endpoint(const std::string& flag, const std::string& endpoint) {
    if (find_job(endpoint) != nullptr) return;
    std::string names;
    for (const auto& entry : job_table()) {
        names += (names.empty() ? "" : ", ") + std::string(entry.job.endpoint);
    }
    throw UsageError(flag + ": there is no endpoint \"" + endpoint + "\"; it is one of " + names);
}

void add_only(Selection& selection, const std::vector<std::string>& only) {
    for (const auto& each : only) {
        const auto [name, value] = name_and_value("--only", each);
        if (name == "endpoint") {
            require_endpoint("--only", value);
            selection.endpoint = value;
        } else if (name == "model") {
            selection.model = value;
        } else if (name == "tag") {
            selection.tag = value;
        } else {
            throw UsageError("--only: \"" + name + "\" is none of endpoint, model, tag");
        }
    }
}

}  // namespace nightshift::cli
