// The commands and their options as values, read off the parser itself: completion scripts, help
// topics and the man page are made from these, so that none of them can name what is not there.

#pragma once

#include <string>
#include <vector>

namespace CLI {
class App;
}

namespace nightshift::cli {

struct OptionEntry {
    std::vector<std::string> names;  // "-o", "--output"; of a positional: its one name
    std::string environment;         // NIGHTSHIFT_OUTPUT; empty: none
    std::string help;
    std::string value;                 // what it takes: "FILE", "DIR", "TEXT", "INT"; empty: a flag
    std::vector<std::string> choices;  // when only these are taken
    bool positional = false, required = false, repeated = false;
};

struct CommandEntry {
    std::string name, help;
    std::string footer;
    std::vector<OptionEntry> options;      // with dashes
    std::vector<OptionEntry> positionals;  // in order
};

struct OptionTree {
    std::string help;
    std::vector<OptionEntry> options;  // without a command: --help, --version
    std::vector<CommandEntry> commands;
};

OptionTree option_tree_of(const CLI::App& app);

}  // namespace nightshift::cli
