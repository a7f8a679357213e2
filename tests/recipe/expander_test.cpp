// Tasks of many rows, shards, and rows that are left out whole.

#include "recipe/loaded_recipe.hpp"

#include "tests/fakes/scratch.hpp"

#include <doctest/doctest.h>

#include <string>

using namespace nightshift;
using namespace nightshift::recipe;

namespace {

// Ids in their order, and problems behind a "!".
std::string expand(const std::string& text, RowOptions rows = {},
                   const std::string& folder = "/nowhere") {
    std::string all;
    RecipeOptions options;
    options.rows = std::move(rows);
    LoadedRecipe loaded(text, "r.toml", folder, std::move(options), [&](Problem&& problem) {
        if (!problem.warning) all += '!' + problem.what + ' ';
    });
    if (!loaded.is_good()) return all;
    loaded.expand([&all](std::string_view line, const LineOrigin&) {
        const auto value = parse_json(line);
        const auto* id = value->member("id");
        if (id != nullptr) all += id->text + ' ';
    });
    return all;
}

const std::string products = R"([data]
rows = [{k = "1", p = "x"}, {k = "2", p = "y"}, {k = "3", p = "x"}]
key = "k"
[task.note]
model = "gpt-5.4"
prompt = "{{k}}"
)";

}  // namespace

TEST_CASE("a task of many rows comes behind them, with what uses it, once for each group") {
    const std::string by = products + R"([task.sum]
model = "gpt-5.4"
prompt = "{{p}} {{all}}"
collect.all = {from = "note", over = "row", by = "p", text = "{{note.text}}"}
[task.title]
model = "gpt-5.4"
prompt = "{{sum.text}}"
)";
    CHECK(expand(by) == "1-note 2-note 3-note x-sum x-title y-sum y-title ");
    // Rows of one group stay in one shard.
    CHECK(expand(by, {{}, 1, 2, {}}) == "1-note 3-note x-sum x-title ");
    CHECK(expand(by, {{}, 2, 2, {}}) == "2-note y-sum y-title ");
    const std::string whole = products + R"([task.sum]
model = "gpt-5.4"
prompt = "{{all}}"
collect.all = {from = "note", over = "row"}
)";
    CHECK(expand(whole) == "1-note 2-note 3-note sum ");
    CHECK(expand(products + R"([task.sum]
model = "gpt-5.4"
prompt = "{{k}} {{all}}"
collect.all = {from = "note", over = "row", by = "p"}
)")
              .find("cannot be used in a task of many rows") != std::string::npos);
}

TEST_CASE("a row with a problem gives none of its lines") {
    CHECK(expand(R"([data]
rows = [{k = "1", text = "x"}, {k = "2"}, {k = "3", text = "y"}]
key = "k"
[task.good]
model = "gpt-5.4"
prompt = "{{k}}"
[task.bad]
model = "gpt-5.4"
prompt = "{{row.text}} {{k}}"
)") == "1-good 1-bad !task.bad, prompt: {{row.text}}: the row has no 'text' 3-good 3-bad ");
}

TEST_CASE("a pattern that cannot be used is told before any row is read") {
    const std::string task = "[task.t]\nmodel = \"gpt-5.4\"\nprompt = \"x\"\nexpect = ";
    CHECK(expand(task + "{matches = \"(?=x)\"}\n").find("look-around is not supported") !=
          std::string::npos);
    CHECK(expand(task + "{match = \"x\"}\n").find("unknown key \"match\"") != std::string::npos);
    CHECK(expand(task + "{matches = \"^x\"}\n") == "t ");
}

// The keys were chosen by an implementation of the document's rule in another language.
TEST_CASE("a share of the rows is chosen by seed and key") {
    const auto recipe = [](const std::string& seed) {
        return seed + R"([data]
rows = [{k = "a"}, {k = "b"}, {k = "c"}, {k = "d"}, {k = "e"}, {k = "f"}, {k = "g"}, {k = "h"},
        {k = "i"}, {k = "j"}]
key = "k"
sample = "30%"
[task.t]
model = "gpt-5.4"
prompt = "{{k}}"
)";
    };
    CHECK(expand(recipe("")) == "d f ");
    CHECK(expand(recipe("seed = 1\n")) == "a e h i ");
}

TEST_CASE("a question mark in a pattern stands for one character, also for one of three bytes") {
    const test::ScratchFolder folder;
    for (const auto* name : {"a.jpg", "ab.jpg", "猫.jpg", "猫x.jpg"}) folder.file(name, "x");
    CHECK(expand(R"([data]
files = "?.jpg"
key = "stem"
[task.t]
model = "gpt-5.4"
prompt = "{{name}}"
)",
                 {}, folder.path().string()) == "a 猫 ");
}
