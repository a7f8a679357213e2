// The manual, as mdoc(7).

#include "cli/help/page.hpp"

#include <fmt/format.h>

#include <string_view>

#include <cctype>

namespace nightshift::cli {
namespace {

bool ends_sentence(const std::string& text, std::size_t at) {
    while (at > 0 && std::string_view(")]\"'`").find(text[at]) != std::string_view::npos) --at;
    return std::string_view(".!?").find(text[at]) != std::string_view::npos;
}

// Text that no formatter takes for a macro or an escape. Every sentence begins a line: formatters
// decide by that how wide the gap behind it is (mdoc(7)).
std::string plain(const std::string& text) {
    std::string safe;
    auto begin_line = [&safe](char first) {
        if (first == '.' || first == '\'') safe += "\\&";
    };
    if (!text.empty()) begin_line(text.front());
    for (std::size_t i = 0; i < text.size(); ++i) {
        const char c = text[i];
        const char next = i + 1 < text.size() ? text[i + 1] : '\0';
        const bool gap = c == ' ' && i > 0 && ends_sentence(text, i - 1);
        if (c == '\\') {
            safe += "\\e";
        } else if (c == '\n' || gap) {
            safe += gap ? "\n" : "\n.Pp\n";
            begin_line(next);
        } else {
            safe += c;
        }
    }
    return safe;
}

// One argument of a macro, whatever is in it.
std::string argument(const std::string& text) {
    std::string safe = "\"\\&";
    for (const char c : text) safe += c == '"' ? "\\(dq" : c == '\\' ? "\\e" : std::string(1, c);
    return safe + "\"";
}

std::string option_line(const OptionEntry& option) {
    std::string line = ".It";
    for (const auto& name : option.names) {
        if (line != ".It") line += " ,";
        line += name.starts_with("--") ? " Fl Fl " + name.substr(2) : " Fl " + name.substr(1);
        if (!option.value.empty()) line += " Ar " + argument(option.value);
    }
    return line + "\n";
}

std::string choices_of(const OptionEntry& option) {
    std::string text;
    for (const auto& choice : option.choices) text += (text.empty() ? "" : ", ") + choice;
    // Where the help lists them already, once is enough.
    return text.empty() || option.help.find(text) != std::string::npos ? "" : " (" + text + ")";
}

std::string command_section(const CommandEntry& command) {
    std::string usage;
    for (const auto& each : command.positionals) {
        const auto dots = each.repeated ? " ..." : "";
        usage += each.required ? " " + each.names.front() + dots
                               : " [" + each.names.front() + dots + "]";
    }
    auto text = fmt::format(".Ss {}\n.Nm\n.Cm {}\n.Op options\n", command.name, command.name);
    if (!usage.empty()) text += plain(usage.substr(1)) + "\n";
    text += ".Pp\n" + plain(command.help) + ".\n";
    text += ".Bl -tag -width Ds\n";
    for (const auto& each : command.positionals) {
        text += ".It Ar " + argument(each.names.front()) + "\n" + plain(each.help) +
                plain(choices_of(each)) + "\n";
    }
    for (const auto& option : command.options) {
        text += option_line(option) + plain(option.help) + plain(choices_of(option)) + "\n";
    }
    text += ".El\n";
    if (!command.footer.empty()) text += ".Pp\n" + plain(command.footer) + "\n";
    return text;
}

std::string section(const std::string& heading, const Page& page) {
    auto text = ".Sh " + heading + "\n";
    for (const auto& paragraph : page.paragraphs) text += plain(paragraph) + "\n";
    bool begun = !page.paragraphs.empty();
    for (const auto& table : page.tables) {
        if (!table.heading.empty()) {
            text += (begun ? ".Pp\n" : "") + plain(table.heading) + "\n";
        }
        begun = true;
        text += ".Bl -tag -width Ds\n";
        for (const auto& row : table.rows) {
            text += ".It " + argument(row.term) + "\n" + plain(row.text) + "\n";
        }
        text += ".El\n";
    }
    return text;
}

constexpr const char* files_section = R"(.Sh FILES
.Bl -tag -width Ds
.It Pa DIR/ledger.jsonl
one line for each finished task
.It Pa DIR/outputs/
one file for each output, whole or not there at all
.It Pa DIR/.nightshift/
the queue (SQLite) and what a resume needs
.It Pa nightshift.toml
settings, limits and prices, beside the manifest
.El
)";

constexpr const char* examples_section = R"(.Sh EXAMPLES
A sandbox run, with made-up results and free:
.Pp
.Dl nightshift run night.jsonl --sandbox
.Pp
Check that the real one can begin, then begin or resume it:
.Pp
.Dl nightshift doctor night.jsonl
.Dl nightshift run night.jsonl
)";

}  // namespace

std::string man_page(const OptionTree& tree) {
    auto text = fmt::format(
        ".\\\" Made by `nightshift help man`.\n.Dd {}\n.Dt NIGHTSHIFT 1\n.Os\n"
        ".Sh NAME\n.Nm nightshift\n.Nd asynchronous batch runner for generative models\n"
        ".Sh SYNOPSIS\n",
        NIGHTSHIFT_RELEASED);
    for (const auto& command : tree.commands) {
        text += fmt::format(".Nm\n.Cm {}\n.Op options\n", command.name);
        if (!command.positionals.empty()) text += ".Op arguments\n";
    }
    text += ".Sh DESCRIPTION\n" + plain(tree.help) + "\n";
    text += ".Pp\nData goes to standard output, talk to standard error.\n";
    text += ".Sh COMMANDS\n";
    for (const auto& command : tree.commands) text += command_section(command);
    text += section("MANIFEST", manifest_page());
    text += section("TASK STATES", states_page());
    text += section("ERROR KINDS", errors_page());
    text += section("ENVIRONMENT", environment_page(tree));
    text += files_section;
    text += section("EXIT STATUS", exit_codes_page());
    text += examples_section;
    return text;
}

}  // namespace nightshift::cli
