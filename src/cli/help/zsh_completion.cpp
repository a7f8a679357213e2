// The zsh script: _arguments for each command (zshcompsys(1)).

#include "cli/help/completion.hpp"

#include <fmt/format.h>

namespace nightshift::cli {
namespace {

constexpr const char* head = R"(#compdef nightshift
# zsh completion for nightshift; `nightshift completion zsh` prints it.
_nightshift_ids() {{
    local -a ids=("${{(@f)$(nightshift ls "${{(Q)words[2]}}" --json 2>/dev/null | head -n 2000 |
        sed -n '{}')}}")
    compadd -a ids
}}
_nightshift() {{
    local curcontext=$curcontext state line
    typeset -A opt_args
)";

constexpr const char* tail = R"(        esac ;;
    esac
}
if [[ ${funcstack[1]} == _nightshift ]]; then
    _nightshift "$@"
else
    compdef _nightshift nightshift
fi
)";

std::string in_quotes(const std::string& text) {
    return quoted_with(text, R"('\'')");
}

std::string words_of(const std::string& help) {
    return escaped(help, "[]:\\");
}

// ":message:action" for what an option or a positional takes.
std::string action_for(const OptionEntry& entry) {
    const auto label = words_of(entry.positional ? entry.names.front() : entry.value);
    if (!entry.choices.empty()) return fmt::format(":{}:({})", label, spaced(entry.choices));
    if (takes_id(entry)) return fmt::format(":{}:_nightshift_ids", label);
    if (takes_folder(entry)) return fmt::format(":{}:_files -/", label);
    return fmt::format(":{}:{}", label, takes_file(entry) ? "_files" : " ");
}

std::string spec_of(const OptionEntry& option) {
    const bool valued = !option.value.empty();
    const auto rest =
        fmt::format("[{}]{}", words_of(option.help), valued ? action_for(option) : "");
    if (option.repeated || option.names.size() == 1) {
        std::string specs;
        for (const auto& name : option.names) {
            const bool is_long = name.starts_with("--");
            const auto* how = !valued ? "" : is_long ? "=" : "+";
            specs += " " + in_quotes((option.repeated ? "*" : "") + name + how + rest);
        }
        return specs;
    }
    std::string names;
    for (const auto& name : option.names) {
        const auto* how = !valued ? "" : name.starts_with("--") ? "=" : "+";
        names += (names.empty() ? "" : ",") + name + how;
    }
    return fmt::format(" '({})'{{{}}}{}", spaced(option.names), names, in_quotes(rest));
}

std::string arguments_of(const CommandEntry& command) {
    std::string text = "            _arguments";
    for (const auto& option : command.options) text += " \\\n               " + spec_of(option);
    std::size_t place = 0;
    for (const auto& each : command.positionals) {
        const auto where = each.repeated ? std::string("*") : std::to_string(++place);
        text += " \\\n                " + in_quotes(where + action_for(each));
    }
    return text;
}

}  // namespace

std::string zsh_completion(const OptionTree& tree) {
    std::string text = fmt::format(head, id_from_line);
    text += "    _arguments -C";
    for (const auto& option : tree.options) text += spec_of(option);
    text += " '1:command:->command' '*::argument:->argument'\n";
    text += "    case $state in\n    command)\n        local -a commands=(\n";
    for (const auto& command : tree.commands) {
        text += fmt::format("            {}\n",
                            in_quotes(command.name + ":" + escaped(command.help, ":\\")));
    }
    text += "        )\n        _describe command commands ;;\n";
    text += "    argument)\n        case $words[1] in\n";
    for (const auto& command : tree.commands) {
        text += fmt::format("        {})\n{} ;;\n", command.name, arguments_of(command));
    }
    return text + tail;
}

}  // namespace nightshift::cli
