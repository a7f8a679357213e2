#include "manifest/intake.hpp"

#include "base/digest.hpp"
#include "manifest/id_index.hpp"
#include "manifest_fixture.hpp"

#include <string>
#include <vector>

using namespace nightshift;
using namespace nightshift::test;

namespace {

std::string chat(const std::string& prompt, const std::string& more = "") {
    return R"({"model":"gpt-5.4","prompt":")" + prompt + '"' + more + "}\n";
}

std::vector<std::string> ids_of(const Taken& taken) {
    std::vector<std::string> ids;
    for (const auto& task : taken.tasks) ids.push_back(task.id);
    return ids;
}

}  // namespace

TEST_CASE("fault row 86: a line without an id gets the hash of endpoint, model and body") {
    TemporaryFolder folder;

    const auto taken = take({folder.file("m", chat("a"))});

    using namespace std::string_literals;
    const std::string body = R"({"model":"gpt-5.4","messages":[{"role":"user","content":"a"}]})";
    REQUIRE(taken.tasks.size() == 1);
    CHECK(taken.tasks[0].id == sha256_hex("chat_completions\0gpt-5.4\0"s + body).substr(0, 16));
    CHECK(taken.tasks[0].id == "8da5959f0d49e5b8");
}

TEST_CASE(
    "fault row 86: repeats are numbered over all files of the command, and stay so after "
    "reordering") {
    TemporaryFolder folder;
    const auto first = folder.file("1", chat("a") + chat("b") + chat("a"));
    const auto second = folder.file("2", chat("a"));
    const auto shuffled = folder.file("3", chat("b") + chat("a") + chat("a") + chat("a"));

    const auto ids = ids_of(take({first, second}));
    auto other = ids_of(take({shuffled}));

    REQUIRE(ids.size() == 4);
    CHECK(ids[2] == ids[0] + "-2");
    CHECK(ids[3] == ids[0] + "-3");
    std::swap(other[0], other[1]);
    CHECK(other == std::vector<std::string>{ids[0], ids[1], ids[2], ids[3]});
}

TEST_CASE("the same line in another shape of white space is another body, in another order too") {
    TemporaryFolder folder;
    const auto taken = take({folder.file(
        "m",
        R"({"url":"/v1/chat/completions","body":{"model":"m","messages":[{"role":"user"}]}})"
        "\n"
        R"({"url":"/v1/chat/completions","body":{"model":"m", "messages":[{"role":"user"}]}})")});

    REQUIRE(taken.tasks.size() == 2);
    CHECK(taken.tasks[0].id != taken.tasks[1].id);
    CHECK(taken.tasks[1].id.size() == 16);
}

TEST_CASE(
    "fault row 85: the same id and body twice is one task and a warning, another body is an "
    "error") {
    TemporaryFolder folder;
    const auto first = folder.file("a.jsonl", chat("a", R"(,"id":"x")") + "\n" +
                                                  chat("a", R"(,"id":"x","tags":["t"])") +
                                                  chat("b", R"(,"id":"x")"));
    const auto second =
        folder.file("b.jsonl", chat("c", R"(,"id":"x")") + chat("c", R"(,"id":"X")"));

    const auto taken = take({first, second});

    CHECK(ids_of(taken) == std::vector<std::string>{"x", "X"});
    const std::string text = taken.text();
    CHECK(text.find("a.jsonl:3:1: the same id and body as line 1; it is run once\n") == 0);
    CHECK(text.find("a.jsonl:4:1: the id \"x\" is that of line 1, whose body is another; give one "
                    "of them another id\n") != std::string::npos);
    CHECK(text.find("b.jsonl:1:1: the id \"x\" is that of ") != std::string::npos);
    CHECK(text.find("a.jsonl line 1, whose body is another") != std::string::npos);
    CHECK(taken.stats.duplicates == 1);
    CHECK(taken.stats.bad_lines == 2);
    CHECK(taken.stats.tasks == 2);
    CHECK(taken.stats.lines == 5);
    CHECK(taken.stats.warnings == 1);
}

TEST_CASE("fault row 83: one bad line does not cost the others") {
    TemporaryFolder folder;
    const auto taken = take({folder.file(
        "m.jsonl", chat("a") + "{oops\n" + chat("b") + "{\"model\":\"gpt-5.4\"}\r\n" + chat("c"))});

    CHECK(taken.tasks.size() == 3);
    CHECK(taken.tasks[2].line == 5);
    CHECK(taken.text() ==
          "m.jsonl:2:2: a key in double quotes is missing here\n"
          "m.jsonl:4:1: neither \"prompt\" nor \"messages\"; add one of them\n");
}

TEST_CASE("the requests of an Anthropic document become tasks, with their places") {
    TemporaryFolder folder;
    const std::string good = R"({"custom_id":"a","params":{"model":"claude-sonnet-4-6",)"
                             R"("max_tokens":5,"messages":[{"role":"user","content":"q"}]}})";
    const std::string again = R"({"custom_id":"a","params":{"model":"claude-sonnet-4-6",)"
                              R"("max_tokens":6,"messages":[{"role":"user","content":"q"}]}})";
    const std::string bad = "{\"custom_id\":\"b\",\n\"params\":{\"model\":7}}";

    const auto taken = take(
        {folder.file("d.json", "{\"requests\":[\n" + good + ",\n " + again + ", " + bad + "]}")});

    REQUIRE(taken.tasks.size() == 1);
    CHECK(taken.tasks[0].body.substr(0, 29) == R"({"model":"claude-sonnet-4-6",)");
    const std::string text = taken.text();
    CHECK(text.find("d.json:3:2: the id \"a\" is that of request 1, whose body is another") == 0);
    CHECK(text.find("d.json:4:19: \"params.model\" must be a text") != std::string::npos);
}

TEST_CASE("counts and estimates add up by endpoint and model") {
    TemporaryFolder folder;
    const auto taken =
        take({folder.file("m", chat("a", R"(,"max_tokens":5)") + chat("b", R"(,"max_tokens":7)") +
                                   R"({"model":"gpt-image-2","prompt":"q","n":4})"
                                   "\n")});

    const auto& counts = taken.stats.counts;
    REQUIRE(counts.size() == 2);
    CHECK(counts.at({"chat_completions", "gpt-5.4"}).tasks == 2);
    CHECK(counts.at({"chat_completions", "gpt-5.4"}).estimate.output_tokens_max == 12);
    CHECK(counts.at({"image_generations", "gpt-image-2"}).estimate.images == 4);
}

TEST_CASE("a million ids take at most 50 MB, and each is found again") {
    IdIndex index;
    for (std::uint32_t i = 0; i < 1'000'000; ++i) {
        REQUIRE(index.add("row-" + std::to_string(i), i * 3, i).is_new);
    }
    for (std::uint32_t i = 0; i < 1'000'000; i += 997) {
        const auto entry = index.add("row-" + std::to_string(i), 0, 0);
        CHECK_FALSE(entry.is_new);
        CHECK(entry.content == i * 3);
        CHECK(entry.number == i);
    }
    CHECK(index.bytes() <= 50'000'000);
}

TEST_CASE("an id index counts how often it was asked") {
    IdIndex index;
    CHECK(index.count("a") == 1);
    CHECK(index.count("b") == 1);
    CHECK(index.count("a") == 2);
    CHECK(index.count("a") == 3);
}
