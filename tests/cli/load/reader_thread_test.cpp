#include "cli/load/reader_thread.hpp"

#include "base/failure.hpp"
#include "jobs/endpoints.hpp"
#include "tests/fakes/scratch.hpp"

#include <doctest/doctest.h>

#include <stdexcept>
#include <thread>

using namespace nightshift;
using nightshift::test::ScratchFolder;

namespace {

std::string lines(const std::string& name, int count) {
    std::string text;
    for (int i = 0; i < count; ++i) {
        text +=
            R"({"id":")" + name + std::to_string(i) + R"(","model":"gpt-5.4","prompt":"p"})" + "\n";
    }
    return text;
}

// What the hooks were told, in order: "a0 of a.jsonl", "problem 3".
struct Heard {
    IntakeHooks hooks() {
        IntakeHooks made;
        made.add = [this](ManifestTask&& task, const std::string& manifest) {
            const auto name = manifest.substr(manifest.rfind('/') + 1);
            words.push_back(task.id + " of " + name);
            here = here && std::this_thread::get_id() == thread;
        };
        made.problem = [this](Problem&& problem) {
            words.push_back("problem " + std::to_string(problem.line));
            here = here && std::this_thread::get_id() == thread;
        };
        return made;
    }
    void read(const std::vector<std::string>& manifests) {
        cli::read_ahead(cli::endpoint_table(), {}, manifests, hooks());
    }

    std::thread::id thread = std::this_thread::get_id();
    bool here = true;
    std::vector<std::string> words;
};

}  // namespace

TEST_CASE("what is read ahead comes in the order of the lines, on the caller's thread") {
    const ScratchFolder folder;
    const auto first = folder.file("a.jsonl", lines("a", 1500)).string();
    const auto second = folder.file("b.jsonl", lines("b", 2) + "{}\n" + lines("c", 700)).string();

    Heard heard;
    heard.read({first, second});

    std::vector<std::string> expected;
    for (int i = 0; i < 1500; ++i) expected.push_back("a" + std::to_string(i) + " of a.jsonl");
    for (int i = 0; i < 2; ++i) expected.push_back("b" + std::to_string(i) + " of b.jsonl");
    expected.push_back("problem 3");
    for (int i = 0; i < 700; ++i) expected.push_back("c" + std::to_string(i) + " of b.jsonl");
    CHECK(heard.words == expected);
    CHECK(heard.here);
}

TEST_CASE("a manifest that cannot be read is an error after what was read before it") {
    const ScratchFolder folder;
    const auto first = folder.file("a.jsonl", lines("a", 3)).string();

    Heard heard;
    CHECK_THROWS_AS(heard.read({first, (folder.path() / "none.jsonl").string()}), UsageError);

    CHECK(heard.words ==
          std::vector<std::string>{"a0 of a.jsonl", "a1 of a.jsonl", "a2 of a.jsonl"});
}

TEST_CASE("a hook that throws ends the reading, however much is left") {
    const ScratchFolder folder;
    const auto manifest = folder.file("a.jsonl", lines("a", 20'000)).string();
    int added = 0;
    IntakeHooks hooks;
    hooks.add = [&added](ManifestTask&&, const std::string&) {
        if (++added == 300) throw std::runtime_error("the queue is full");
    };
    hooks.problem = [](Problem&&) {};

    CHECK_THROWS_WITH(cli::read_ahead(cli::endpoint_table(), {}, {manifest}, hooks),
                      "the queue is full");

    CHECK(added == 300);
}
