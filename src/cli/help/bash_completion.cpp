// The bash script: one function that walks the words before the cursor and then knows which
// command, which option's value or which positional is to be completed.

#include "cli/help/completion.hpp"

#include <fmt/format.h>

namespace nightshift::cli {
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

}  // namespace nightshift::cli
