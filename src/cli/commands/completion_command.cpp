// nightshift completion SHELL: the script that lets a shell complete commands and flags.

#include "cli/help/commands.hpp"
#include "cli/help/completion.hpp"
#include "cli/input/exit_code.hpp"

#include <fmt/format.h>

namespace nightshift::cli {

int completion_command(const Arguments& arguments, const OptionTree& tree) {
    const auto& shell = arguments.topic;
    const auto script = shell == "bash"  ? bash_completion(tree)
                        : shell == "zsh" ? zsh_completion(tree)
                                         : fish_completion(tree);
    fmt::print("{}", script);
    return exit_ok;
}

}  // namespace nightshift::cli
