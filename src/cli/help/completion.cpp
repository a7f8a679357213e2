// What the three scripts share.
#include "cli/help/completion.hpp"

#include <fmt/format.h>

namespace nightshift::cli {

std::string spaced(const std::vector<std::string>& words) {
    std::string text;
    for (const auto& word : words) text += (text.empty() ? "" : " ") + word;
    return text;
}

std::string escaped(const std::string& text, const std::string& special) {
    std::string safe;
    for (const char c : text) {
        if (special.find(c) != std::string::npos) safe += '\\';
        safe += c;
    }
    return safe;
}

std::string quoted_with(const std::string& text, const std::string& quote) {
    std::string safe = "'";
    for (const char c : text) safe += c == '\'' ? quote : std::string(1, c);
    return safe + "'";
}

// The bash script: one function that walks the words before the cursor and then knows which
// command, which option's value or which positional is to be completed.

namespace {

constexpr const char* head =
    R"(# bash completion for nightshift; `nightshift completion bash` prints it.
_nightshift() {
    local cur=${COMP_WORDS[COMP_CWORD]} command='' option='' valued='' words='' kind='' dir=''
    local i word position=0
    COMPREPLY=()
    for ((i = 1; i < COMP_CWORD; i++)); do
        word=${COMP_WORDS[i]}
        if [[ $word == = ]]; then
            continue # "--flag=value" comes as three words
        elif [[ -n $option ]]; then
            option=''
        elif [[ $word == -?* ]]; then
            [[ $valued == *" $word "* ]] && option=$word
        elif [[ -z $command ]]; then
            command=$word
            case $command in
)";

constexpr const char* middle = R"(            esac
        else
            [[ $position == 0 ]] && dir=$word
            position=$((position + 1))
        fi
    done
    [[ $cur == = ]] && cur=''
    if [[ -n $option ]]; then
        case $command:$option in
)";

constexpr const char* tail = R"bash(        esac
    fi
    case $kind in
    files) compopt -o filenames 2>/dev/null
        mapfile -t COMPREPLY < <(compgen -f -- "$cur") ;;
    folders) compopt -o filenames 2>/dev/null
        mapfile -t COMPREPLY < <(compgen -d -- "$cur") ;;
    ids) while IFS= read -r word; do
            [[ $word == "$cur"* ]] && COMPREPLY+=("$(printf %q "$word")")
        done < <(nightshift ls "${dir//\\/}" --json 2>/dev/null | head -n 2000 |
            sed -n 'ID_FROM_LINE') ;;
    *) mapfile -t COMPREPLY < <(compgen -W "$words" -- "$cur")
        [[ ${COMPREPLY[0]-} == *[=.] ]] && compopt -o nospace 2>/dev/null ;;
    esac
}
complete -F _nightshift nightshift
)bash";

// What to complete with: an assignment of the script, or nothing.
std::string assignment_for(const OptionEntry& entry) {
    if (!entry.choices.empty()) return fmt::format("words='{}'", spaced(entry.choices));
    if (takes_id(entry)) return "kind=ids";
    if (takes_folder(entry)) return "kind=folders";
    return takes_file(entry) ? "kind=files" : ":";
}

std::vector<std::string> names_of(const std::vector<OptionEntry>& options, bool valued_only) {
    std::vector<std::string> names;
    for (const auto& option : options) {
        if (valued_only && option.value.empty()) continue;
        names.insert(names.end(), option.names.begin(), option.names.end());
    }
    return names;
}

std::string value_cases(const CommandEntry& command) {
    std::string text;
    for (const auto& option : command.options) {
        const auto assignment = assignment_for(option);
        if (option.value.empty() || assignment == ":") continue;
        std::string patterns;
        for (const auto& name : option.names) {
            patterns += fmt::format("{}{}:{}", patterns.empty() ? "" : " | ", command.name, name);
        }
        text += fmt::format("        {}) {} ;;\n", patterns, assignment);
    }
    return text;
}

std::string positional_cases(const CommandEntry& command) {
    std::string text;
    for (std::size_t i = 0; i < command.positionals.size(); ++i) {
        const auto& each = command.positionals[i];
        const auto place = each.repeated ? std::string("*") : std::to_string(i);
        text += fmt::format("        {}:{}) {} ;;\n", command.name, place, assignment_for(each));
    }
    return text;
}

}  // namespace

std::string bash_completion(const OptionTree& tree) {
    std::string text = head, flags, positionals, commands;
    for (const auto& command : tree.commands) {
        text += fmt::format("            {}) valued=' {} ' ;;\n", command.name,
                            spaced(names_of(command.options, true)));
        flags += fmt::format("        {}) words='{}' ;;\n", command.name,
                             spaced(names_of(command.options, false)));
        positionals += positional_cases(command);
        commands += (commands.empty() ? "" : " ") + command.name;
    }
    text += middle;
    for (const auto& command : tree.commands) text += value_cases(command);
    text += "        esac\n    elif [[ $cur == -* ]]; then\n        case $command in\n";
    text +=
        fmt::format("        '') words='{}' ;;\n{}", spaced(names_of(tree.options, false)), flags);
    text += "        esac\n    else\n        case $command:$position in\n";
    text += fmt::format("        :*) words='{}' ;;\n{}", commands, positionals);
    auto end = std::string(tail);
    const std::string place = "ID_FROM_LINE";
    end.replace(end.find(place), place.size(), id_from_line);
    return text + end;
}

// The fish script: one `complete` line for each command, option and positional.

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

// The zsh script: _arguments for each command (zshcompsys(1)).

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
