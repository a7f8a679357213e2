// nightshift help [TOPIC]: what does not fit into --help.

#include "base/failure.hpp"
#include "base/text/did_you_mean.hpp"
#include "base/text/terminal_text.hpp"
#include "cli/help/commands.hpp"
#include "cli/help/completion.hpp"
#include "cli/help/page.hpp"
#include "cli/input/exit_code.hpp"
#include "storage/store.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace nightshift::cli {
namespace {

constexpr const char* man_summary = "the manual, for man(1): `nightshift help man | man -l -`";

void print_contents(const OptionTree& tree) {
    Page page{.name = "nightshift", .summary = tree.help, .paragraphs = {}, .tables = {}};
    PageTable commands{"Commands (`nightshift COMMAND --help` lists the flags):", {}};
    for (const auto& command : tree.commands) commands.rows.push_back({command.name, command.help});
    PageTable topics{"Topics (`nightshift help TOPIC`):", {}};
    for (const auto& each : all_pages(tree)) topics.rows.push_back({each.name, each.summary});
    topics.rows.push_back({"man", man_summary});
    page.tables = {std::move(commands), std::move(topics)};
    fmt::print("{}", text_of(page));
}

}  // namespace

const std::vector<std::string>& help_topics() {
    static const std::vector<std::string> topics = [] {
        std::vector<std::string> names;
        for (const auto& page : all_pages({})) names.push_back(page.name);
        names.emplace_back("man");
        return names;
    }();
    return topics;
}

namespace {

// The page that explains a word: a state, an error kind, an exit code.
std::string page_about(const std::string& word) {
    if (state_named(word)) return "states";
    if (kind_named(word)) return "errors";
    const auto& codes = exit_code_table();
    const bool is_code = std::any_of(codes.begin(), codes.end(), [&](const ExitMeaning& each) {
        return std::to_string(each.code) == word;
    });
    return is_code ? "exit-codes" : word;
}

}  // namespace

int help_command(const Arguments& arguments, const OptionTree& tree) {
    const auto topic = page_about(arguments.topic);
    if (topic.empty()) {
        print_contents(tree);
        return exit_ok;
    }
    if (topic == "man") {
        fmt::print("{}", man_page(tree));
        return exit_ok;
    }
    for (const auto& page : all_pages(tree)) {
        if (page.name != topic) continue;
        fmt::print("{}", text_of(page));
        return exit_ok;
    }
    const auto& topics = help_topics();
    auto known = topics;
    for (const auto& command : tree.commands) known.push_back(command.name);
    std::string hint = "`nightshift help` lists the topics";
    if (const auto* near = nearest_of(topic, known))
        hint = fmt::format("did you mean \"{}\"?", *near);
    throw UsageError(fmt::format("help: unknown topic \"{}\"; {}", term_safe(topic, 80), hint));
}

// nightshift completion SHELL: the script that lets a shell complete commands and flags.

int completion_command(const Arguments& arguments, const OptionTree& tree) {
    const auto& shell = arguments.topic;
    const auto script = shell == "bash"  ? bash_completion(tree)
                        : shell == "zsh" ? zsh_completion(tree)
                                         : fish_completion(tree);
    fmt::print("{}", script);
    return exit_ok;
}

}  // namespace nightshift::cli
