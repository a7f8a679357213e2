// The fish script: one `complete` line for each command, option and positional.

#include "cli/help/completion.hpp"

#include <fmt/format.h>

namespace nightshift::cli {
namespace {

std::string in_quotes(const std::string& text) {
    return quoted_with(escaped(text, "\\"), R"(\')");
}

std::string value_of(const OptionEntry& entry) {
    if (!entry.choices.empty()) return " -x -a " + in_quotes(spaced(entry.choices));
    if (takes_id(entry)) return " -x -a '(__nightshift_ids)'";
    if (takes_folder(entry)) return " -x -a '(__fish_complete_directories)'";
    return takes_file(entry) ? " -r -F" : " -x";
}

std::string line_of(const OptionEntry& option, const std::string& condition) {
    auto line = fmt::format("complete -c nightshift -n {}", condition);
    for (const auto& name : option.names) {
        line += name.starts_with("--") ? " -l " + name.substr(2) : " -s " + name.substr(1);
    }
    if (!option.value.empty()) line += value_of(option);
    return line + " -d " + in_quotes(option.help) + "\n";
}

std::string line_of_positional(const OptionEntry& entry, const std::string& condition) {
    const auto start = fmt::format("complete -c nightshift -n {}", condition);
    if (!entry.choices.empty()) return start + " -a " + in_quotes(spaced(entry.choices)) + "\n";
    if (takes_id(entry)) return start + " -a '(__nightshift_ids)'\n";
    if (takes_folder(entry)) return start + " -a '(__fish_complete_directories)'\n";
    return takes_file(entry) ? start + " -F\n" : std::string();
}

}  // namespace

std::string fish_completion(const OptionTree& tree) {
    std::string text =
        "# fish completion for nightshift; `nightshift completion fish` prints it.\n"
        "function __nightshift_ids\n"
        "    nightshift ls (commandline -opc)[3] --json 2>/dev/null | head -n 2000 | sed -n '" +
        std::string(id_from_line) +
        "'\n"
        "end\n"
        "complete -c nightshift -f\n";
    for (const auto& option : tree.options) text += line_of(option, "__fish_use_subcommand");
    for (const auto& command : tree.commands) {
        const auto condition = "'__fish_seen_subcommand_from " + command.name + "'";
        text += fmt::format("complete -c nightshift -n __fish_use_subcommand -a {} -d {}\n",
                            command.name, in_quotes(command.help));
        for (const auto& option : command.options) text += line_of(option, condition);
        for (const auto& each : command.positionals) text += line_of_positional(each, condition);
    }
    return text;
}

}  // namespace nightshift::cli
