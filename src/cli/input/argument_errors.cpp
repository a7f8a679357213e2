#include "cli/input/argument_errors.hpp"

#include "base/text/did_you_mean.hpp"
#include "base/text/terminal_text.hpp"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <vector>

namespace nightshift::cli {

std::string unknown_command(const CLI::App& app, int argc, char** argv) {
    if (argc < 2 || argv[1][0] == '-') return {};
    const std::string word = argv[1];
    std::vector<std::string> names;
    for (const auto* command : app.get_subcommands([](const CLI::App*) { return true; })) {
        names.push_back(command->get_name());
        if (names.back() == word) return {};
    }
    const auto* meant = nearest_of(word, names, 2);
    return fmt::format("unknown command \"{}\"; {}", term_safe(word, 80),
                       meant != nullptr ? "did you mean `nightshift " + *meant + "`?"
                                        : "`nightshift --help` lists those there are");
}

namespace {

// A flag that would hold the key, or a word that looks like one: it is not repeated on the screen.
bool gives_a_key(const CLI::App& app) {
    const auto words = app.remaining(true);
    return std::any_of(words.begin(), words.end(), [](const std::string& word) {
        const auto flag = word.substr(0, word.find('='));
        return flag == "--api-key" || flag == "--key" || flag == "--token" ||
               word.starts_with("sk-");
    });
}

}  // namespace

std::string failure_words(const CLI::App* app, const CLI::Error& error) {
    if (gives_a_key(*app)) {
        return "nightshift: no flag takes the key itself, which other users of this machine could "
               "read; set NIGHTSHIFT_API_KEY, or put it into a file and give --api-key-file FILE\n";
    }
    std::string command = "nightshift";
    while (!app->get_subcommands().empty()) {
        app = app->get_subcommands().front();
        command += " " + app->get_name();
    }
    std::vector<std::string> names;
    for (const auto* option : app->get_options()) {
        for (const auto& name : option->get_lnames()) names.push_back("--" + name);
    }
    std::string what = error.what();
    auto word = what.substr(what.rfind(' ') + 1);
    word.resize(std::min(word.size(), word.find('=')));
    const auto* meant =
        word.starts_with("--") && dynamic_cast<const CLI::ExtrasError*>(&error) != nullptr
            ? nearest_of(word, names)
            : nullptr;
    return fmt::format("nightshift: {}; {}\n", term_safe(what, 400),
                       meant != nullptr ? "did you mean " + *meant + "?"
                                        : "`" + command + " --help` says what it takes");
}

}  // namespace nightshift::cli
