// Completion scripts, in the shells that are here.

#include "tests/fakes/program.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <filesystem>
#include <sstream>
#include <unistd.h>

using namespace nightshift::test;
using Words = std::vector<std::string>;

namespace {

// A shell's own words for whatever it runs: "$0" is the program.
Ended in_shell(const ScratchFolder& folder, const std::string& shell, const std::string& script) {
    return run(folder.path(), {}, {}, {shell, "-c", script});
}

bool is_here(const std::string& shell) {
    if (access(shell.c_str(), X_OK) == 0) return true;
    MESSAGE(shell << " is not here: its script was not tried");
    return false;
}

Words sorted_lines(const std::string& text) {
    Words lines;
    std::istringstream stream(text);
    for (std::string line; std::getline(stream, line);) lines.push_back(line);
    std::sort(lines.begin(), lines.end());
    return lines;
}

// What bash offers for the last of `words` (the words as its line editor splits them).
Words offered(const ScratchFolder& folder, const std::string& words) {
    const auto ended =
        in_shell(folder, "/bin/bash",
                 "nightshift() { \"$0\" \"$@\"; }; set -u; source <(\"$0\" completion bash); "
                 "COMP_WORDS=(nightshift " +
                     words +
                     "); COMP_CWORD=$((${#COMP_WORDS[@]} - 1)); _nightshift; "
                     "[ ${#COMPREPLY[@]} = 0 ] || printf '%s\\n' \"${COMPREPLY[@]}\"");
    CAPTURE(words);
    CHECK(ended.err == "");
    CHECK(ended.exit_code == 0);
    return sorted_lines(ended.out);
}

Words offered(const std::string& words) {
    const ScratchFolder folder;
    return offered(folder, words);
}

}  // namespace

TEST_CASE("bash completes commands, flags and the values of flags") {
    CHECK(offered("ru") == Words{"run"});
    CHECK(offered("s") == Words{"sandbox", "set", "show", "status"});
    CHECK(offered("--vers") == Words{"--version"});
    CHECK(offered("run --pro") == Words{"--progress"});
    CHECK(offered("run --progress ''") == Words{"auto", "json", "none", "plain", "tty"});
    CHECK(offered("run --progress = pl") == Words{"plain"});
    CHECK(offered("run --progress =") == Words{"auto", "json", "none", "plain", "tty"});
    CHECK(offered("run --progress plain --on-change re") == Words{"replace"});
    CHECK(offered("run --limit ''") == Words{});
    CHECK(offered("retry --kind task_l") == Words{"task_lost"});
    CHECK(offered("completion ''") == Words{"bash", "fish", "zsh"});
    CHECK(offered("help exit") == Words{"exit-codes"});
    CHECK(offered("verify --rep") == Words{"--repair"});
    CHECK(offered("run --rep") == Words{});
}

TEST_CASE("bash completes manifests and run directories where they belong") {
    const ScratchFolder folder;
    folder.file("night 1.jsonl", "");
    std::filesystem::create_directories(folder.path() / "night.run");
    CHECK(offered(folder, "run ni") == Words{"night 1.jsonl", "night.run"});
    CHECK(offered(folder, "run --json a.jsonl ni") == Words{"night 1.jsonl", "night.run"});
    CHECK(offered(folder, "run -o ni") == Words{"night.run"});
    CHECK(offered(folder, "status ni") == Words{"night.run"});
    CHECK(offered(folder, "status night.run ni") == Words{});
    CHECK(offered(folder, "show ni") == Words{"night.run"});
    CHECK(offered(folder, "show night.run ni") == Words{});
    CHECK(offered(folder, "check --config ni") == Words{"night 1.jsonl", "night.run"});
    CHECK(offered(folder, "doctor ni") == Words{"night 1.jsonl", "night.run"});
}

TEST_CASE("bash completes ids of the run directory before them, flags and settings") {
    const ScratchFolder folder;
    folder.file("m.jsonl",
                "{\"id\":\"row-1\",\"model\":\"gpt-5.4\",\"prompt\":\"p\"}\n"
                "{\"id\":\"row-2\",\"model\":\"gpt-5.4\",\"prompt\":\"q\"}\n"
                "{\"id\":\"x\",\"model\":\"gpt-5.4\",\"prompt\":\"r\"}\n");
    REQUIRE(run(folder.path(), {"run", "m.jsonl", "--limit", "0"}).exit_code == 0);
    CHECK(offered(folder, "show m.run row") == Words{"row-1", "row-2"});
    CHECK(offered(folder, "retry m.run --id x") == Words{"x"});
    CHECK(offered(folder, "show nothing.run row") == Words{});
    CHECK(offered(folder, "retry m.run --flag trun") == Words{"truncated"});
    CHECK(offered(folder, "ls m.run --state s") == Words{"submitted", "succeeded"});
    CHECK(offered(folder, "set m.run max") == Words{"max_duration="});
}

TEST_CASE("zsh takes its script and completes by it") {
    if (!is_here("/usr/bin/zsh")) return;
    const ScratchFolder folder;
    const auto ended = in_shell(folder, "/usr/bin/zsh",
                                "\"$0\" completion zsh >_nightshift && zsh -fn _nightshift && "
                                "autoload -Uz compinit && compinit -u -D && source ./_nightshift "
                                "&& print -- ${_comps[nightshift]}");
    CHECK(ended.err == "");
    CHECK(ended.out == "_nightshift\n");
}

TEST_CASE("fish takes its script and completes by it") {
    if (!is_here("/usr/bin/fish")) return;
    const ScratchFolder folder;
    const auto ask = [&](const std::string& line) {
        const auto ended = run(folder.path(), {}, {{"HOME", folder.path()}},
                               {"/bin/sh", "-c",
                                "\"$0\" completion fish >n.fish && fish -n n.fish && fish -c "
                                "\"source n.fish; complete -C '" +
                                    line + "'\" | cut -f1"});
        CHECK(ended.err == "");
        return sorted_lines(ended.out);
    };
    CHECK(ask("nightshift ru") == Words{"run"});
    CHECK(ask("nightshift run --prog") == Words{"--progress"});
    CHECK(ask("nightshift run --on-change ") == Words{"error", "replace", "skip"});
    CHECK(ask("nightshift completion ") == Words{"bash", "fish", "zsh"});
}

TEST_CASE("a shell that has no script is a usage error that names those that have") {
    const ScratchFolder folder;
    const auto ended = run(folder.path(), {"completion", "tcsh"});
    CHECK(ended.exit_code == 2);
    CHECK(ended.err.find("{bash,zsh,fish}") != std::string::npos);
}
