// What the program says of itself: help topics, the manual, versions.

#include "test_paths.hpp"
#include "tests/fakes/program.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <regex>
#include <set>
#include <sstream>
#include <unistd.h>

using namespace nightshift::test;

namespace {

std::string said(const std::vector<std::string>& arguments) {
    const ScratchFolder folder;
    const auto ended = run(folder.path(), arguments);
    CHECK(ended.exit_code == 0);
    CHECK(ended.err == "");
    return ended.out;
}

// Line breaks are the terminal's business.
std::string in_one_line(const std::string& text) {
    return std::regex_replace(text, std::regex("\\s+"), " ");
}

bool holds(const std::string& text, const std::string& part) {
    return text.find(part) != std::string::npos;
}

std::set<std::string> all_matches(const std::string& text, const std::string& pattern) {
    const std::regex expression(pattern);
    std::set<std::string> found;
    for (std::sregex_iterator at(text.begin(), text.end(), expression), end; at != end; ++at) {
        found.insert((*at)[1]);
    }
    return found;
}

std::set<std::string> commands() {
    const auto text = said({"--help"});
    return all_matches(text.substr(text.find("Subcommands:")), "\n  ([a-z]+) ");
}

std::string readme() {
    return read_file(NIGHTSHIFT_SOURCE_DIR "/README.md");
}

}  // namespace

TEST_CASE("help alone lists every command and every topic") {
    const auto text = said({"help"});
    for (const auto& command : commands()) CHECK(holds(text, "\n  " + command + " "));
    for (const auto* topic : {"exit-codes", "environment", "manifest", "states", "errors", "man"}) {
        CHECK(holds(text, std::string("\n  ") + topic + " "));
    }
}

TEST_CASE("help COMMAND is what COMMAND --help says") {
    for (const auto& command : commands())
        CHECK(said({"help", command}) == said({command, "--help"}));
}

TEST_CASE("help with an unknown topic is exit 2 and names the nearest") {
    const ScratchFolder folder;
    const auto near = run(folder.path(), {"help", "exit-code"});
    CHECK(near.exit_code == 2);
    CHECK(near.err ==
          "nightshift: help: unknown topic \"exit-code\"; did you mean "
          "\"exit-codes\"?\n");
    const auto far = run(folder.path(), {"help", "zzzzzzzzzz"});
    CHECK(far.exit_code == 2);
    CHECK(holds(far.err, "`nightshift help` lists the topics"));
}

TEST_CASE("help exit-codes and the README's table say the same") {
    const auto text = said({"help", "exit-codes"});
    auto table = readme();
    table = table.substr(table.find("## Exit codes"));
    table = table.substr(0, table.find("\n## ", 1));
    std::set<std::string> codes;
    const std::regex row("\n\\| ([0-9, ]+) \\| ([^\n]+) \\|");
    for (std::sregex_iterator at(table.begin(), table.end(), row), end; at != end; ++at) {
        std::istringstream each((*at)[1].str());
        for (std::string code; std::getline(each >> std::ws, code, ',');) {
            codes.insert(code);
            const auto words = (*at)[2].str();
            const auto start = code.size() < 3 ? words : words.substr(words.find(';'));
            CHECK(holds(text, start + "\n"));
            CHECK(holds(text, "\n  " + code + " "));
        }
    }
    CHECK(codes == all_matches(text, "\n  ([0-9]+) "));
    CHECK(codes.size() == 12);
}

TEST_CASE("help states and errors name all there are, each with its meaning") {
    const auto ledger = read_file(NIGHTSHIFT_SOURCE_DIR "/schemas/ledger_line.json");
    const auto states = all_matches(said({"help", "states"}), "\n  ([a-z]+)  +[a-z]");
    CHECK(states == std::set<std::string>{"waiting", "pending", "running", "submitted", "succeeded",
                                          "failed", "held", "cancelled", "skipped"});
    const auto kinds = all_matches(said({"help", "errors"}), "\n  ([a-z_]+)  +[a-z]");
    CHECK(kinds.size() == 24);
    for (const auto& kind : kinds) CHECK(holds(ledger, "\"" + kind + "\""));
}

TEST_CASE("help environment has the twin of every flag of every command, and the credentials") {
    const auto text = said({"help", "environment"});
    for (const auto& command : commands()) {
        for (const auto& twin : all_matches(said({command, "--help"}), "Env:([A-Z_]+)")) {
            CAPTURE(twin);
            CHECK(all_matches(text, "\n  (" + twin + ")[ \n]").size() == 1);
        }
    }
    for (const auto* name : {"NIGHTSHIFT_API_KEY ", "OPENAI_API_KEY", "https_proxy", "NO_COLOR"}) {
        CHECK(holds(text, name));
    }
}

TEST_CASE("help manifest has every field of the schemas") {
    const auto text = in_one_line(said({"help", "manifest"}));
    for (const auto* field : {"custom_id", "params", "request", "priority", "max_attempts",
                              "expect", "audio_setting", "generate_audio", "voice", "thinking"}) {
        CHECK(holds(text, std::string(" ") + field + " "));
    }
    for (const auto* path : {"/v1/videos", "/v1/audio/speech", "{model}:generateContent"}) {
        CHECK(holds(text, path));
    }
    CHECK(holds(text, "Sent byte for byte as it stands here"));
}

TEST_CASE("help keeps to 80 columns where words allow it") {
    for (const auto* topic : {"exit-codes", "environment", "manifest", "states", "errors"}) {
        std::istringstream text(said({"help", topic}));
        for (std::string line; std::getline(text, line);) CHECK(line.size() <= 80);
    }
}

TEST_CASE("--version names the program and the libraries that are loaded") {
    const std::regex lines(
        "nightshift [0-9.]+\nlibcurl [0-9.]+[^\n]* \\(.+\\)\nSQLite 3\\.[0-9.]+\n"
        "Boost 1\\.[0-9]+\\.[0-9]+\n");
    CHECK(std::regex_match(said({"--version"}), lines));
}

TEST_CASE("the manual names every command and flag, and mandoc finds no fault with it") {
    const auto manual = said({"help", "man"});
    for (const auto& command : commands()) {
        CHECK(holds(manual, "\n.Ss " + command + "\n"));
        for (const auto& flag : all_matches(said({command, "--help"}), "--([a-z][a-z-]+)[ \n]")) {
            CAPTURE(flag);
            CHECK(holds(manual, "Fl Fl " + flag));
        }
    }
    if (access("/usr/bin/mandoc", X_OK) != 0) {
        MESSAGE("no mandoc here: the manual's form was not looked at");
        return;
    }
    const ScratchFolder folder;
    const auto lint = run(folder.path(), {}, {},
                          {"/bin/sh", "-c", "\"$0\" help man | mandoc -T lint -W warning"});
    CHECK(lint.out + lint.err == "");
    CHECK(lint.exit_code == 0);
    const auto shown =
        run(folder.path(), {}, {},
            {"/bin/sh", "-c", "\"$0\" help man | mandoc -T ascii | sed 's/.\\x08//g'"});
    CHECK(holds(shown.out, "-o DIR, --output DIR"));
    CHECK(holds(shown.out, "ambiguous_submit"));
}

TEST_CASE("the README names every command") {
    const auto text = readme();
    for (const auto& command : commands()) {
        CAPTURE(command);
        CHECK(std::regex_search(text, std::regex("\n\\| `" + command + "[ `]")));
    }
}

TEST_CASE("a command that is none is named, with the one that was meant") {
    const ScratchFolder folder;
    const auto slip = run(folder.path(), {"statsu", "x.run"});
    CHECK(slip.exit_code == 2);
    CHECK(slip.err ==
          "nightshift: unknown command \"statsu\"; did you mean `nightshift status`?\n");
    const auto other = run(folder.path(), {"launch"});
    CHECK(other.exit_code == 2);
    CHECK(holds(other.err, "`nightshift --help` lists those there are"));
}
