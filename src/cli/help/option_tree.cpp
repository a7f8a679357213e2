#include "cli/help/option_tree.hpp"

#include "base/failure.hpp"
#include "cli/help/commands.hpp"
#include "cli/input/known_values.hpp"
#include "jobs/job_table.hpp"

#include <CLI/CLI.hpp>

namespace nightshift::cli {
namespace {

// "TEXT:{auto,always,never}": the type, then what each check says of itself.
std::vector<std::string> choices_in(const std::string& type) {
    std::vector<std::string> choices;
    const auto open = type.find(":{");
    if (open == std::string::npos || type.back() != '}') return choices;
    for (auto at = open + 2; at < type.size();) {
        const auto end = type.find_first_of(",}", at);
        choices.push_back(type.substr(at, end - at));
        at = end + 1;
    }
    return choices;
}

// What some values are taken from, where the parser leaves the refusal to the command.
std::vector<std::string> words_for(const std::string& value) {
    std::vector<std::string> words;
    if (value == "KIND") {
        for (int i = 0; i <= static_cast<int>(Kind::local_io); ++i) {
            words.emplace_back(name_of(static_cast<Kind>(i)));
        }
    }
    if (value == "ENDPOINT") {
        for (const auto& entry : job_table()) words.emplace_back(entry.job.endpoint);
    }
    if (value == "FLAG") return flag_words();
    if (value == "SETTING") return {"budget=", "concurrency=", "limit.", "max_duration="};
    return value == "TOPIC" ? help_topics() : words;
}

OptionEntry entry_of(const CLI::Option& option) {
    OptionEntry entry;
    entry.positional = option.get_positional();
    if (entry.positional) {
        entry.names = {option.get_single_name()};
    } else {
        for (const auto& name : option.get_snames()) entry.names.push_back("-" + name);
        for (const auto& name : option.get_lnames()) entry.names.push_back("--" + name);
    }
    entry.environment = option.get_envname();
    entry.help = option.get_description();
    entry.required = option.get_required();
    if (option.get_items_expected_max() == 0) return entry;
    const auto type = option.get_type_name();
    entry.value = type.substr(0, type.find(':'));
    entry.choices = choices_in(type);
    if (entry.choices.empty()) entry.choices = words_for(entry.value);
    entry.repeated = option.get_items_expected_max() > 1;
    return entry;
}

}  // namespace

OptionTree option_tree_of(const CLI::App& app) {
    OptionTree tree{.help = app.get_description(), .options = {}, .commands = {}};
    for (const auto* option : app.get_options()) tree.options.push_back(entry_of(*option));
    for (const auto* each : app.get_subcommands([](const CLI::App*) { return true; })) {
        CommandEntry command{.name = each->get_name(),
                             .help = each->get_description(),
                             .footer = each->get_footer(),
                             .options = {},
                             .positionals = {}};
        for (const auto* option : each->get_options()) {
            auto entry = entry_of(*option);
            auto& list = entry.positional ? command.positionals : command.options;
            list.push_back(std::move(entry));
        }
        tree.commands.push_back(std::move(command));
    }
    return tree;
}

}  // namespace nightshift::cli
