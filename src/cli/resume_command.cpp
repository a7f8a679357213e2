#include "cli/resume_command.hpp"

#include "core/shell_word.hpp"

#include <fmt/format.h>

namespace nightshift::cli {

std::string resume_command(const RunArguments& run, const std::string& dir) {
    auto text = "nightshift run -o " + shell_word(dir);
    const auto add = [&text](const char* flag, const std::string& value) {
        if (!value.empty()) text += fmt::format(" {} {}", flag, shell_word(value));
    };
    if (run.sandbox) text += " --sandbox";
    add("--base-url", run.gateway.base_url);
    add("--api-key-file", run.gateway.api_key_file);
    add("--config", run.config);
    if (run.budget) add("--budget", fmt::format("{}", *run.budget));
    return text;
}

}  // namespace nightshift::cli
