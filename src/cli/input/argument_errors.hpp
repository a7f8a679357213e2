// What is said of arguments that cannot be meant.

#pragma once

#include <string>

namespace CLI {
class App;
class Error;
}  // namespace CLI

namespace nightshift::cli {

// When the first word is no command; empty when it is one.
std::string unknown_command(const CLI::App& app, int argc, char** argv);

// What is wrong with the arguments of a command, with a line feed at the end.
std::string failure_words(const CLI::App* app, const CLI::Error& error);

}  // namespace nightshift::cli
