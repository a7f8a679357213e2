// What recipes mean, case by case (cases.jsonl): templates, and recipes with the lines they make.

#include "base/failure.hpp"
#include "recipe/loaded_recipe.hpp"
#include "recipe/text/template.hpp"
#include "recipe/text/value.hpp"
#include "test_paths.hpp"
#include "tests/fakes/scratch.hpp"

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <regex>
#include <set>
#include <string>
#include <vector>

namespace {

namespace fs = std::filesystem;
namespace rc = nightshift::recipe;
using Json = nlohmann::ordered_json;

std::string of_hex(const std::string& hex) {
    std::string bytes;
    for (std::size_t i = 0; i + 1 < hex.size(); i += 2) {
        bytes += static_cast<char>(std::stoi(hex.substr(i, 2), nullptr, 16));
    }
    return bytes;
}

void write_files(const fs::path& folder, const Json& files) {
    for (const auto& [name, content] : files.items()) {
        fs::create_directories((folder / name).parent_path());
        const auto bytes =
            content.is_string() ? content.get<std::string>() : of_hex(content.at("hex"));
        std::ofstream(folder / name, std::ios::binary) << bytes;
    }
}

// Standard input for as long as it lives.
class StandardInput {
public:
    StandardInput(const fs::path& folder, const std::string& text) : saved_(::dup(0)) {
        std::ofstream(folder / "stdin") << text;
        FILE* const file = std::fopen((folder / "stdin").c_str(), "r");
        ::dup2(::fileno(file), 0);
        std::fclose(file);
    }
    ~StandardInput() {
        ::dup2(saved_, 0);
        ::close(saved_);
    }
    StandardInput(const StandardInput&) = delete;
    StandardInput& operator=(const StandardInput&) = delete;

private:
    int saved_;
};

struct Expanded {
    std::vector<std::string> lines;
    std::string problems, warnings;

    std::vector<std::string> ids() const {
        std::vector<std::string> ids;
        for (const auto& line : lines) {
            const auto json = Json::parse(line);
            if (json.contains("id")) ids.push_back(json["id"]);
        }
        return ids;
    }
};

Expanded expand(const fs::path& folder, const std::string& recipe, rc::RecipeOptions options = {}) {
    Expanded expanded;
    const auto on_problem = [&expanded](nightshift::Problem&& problem) {
        (problem.warning ? expanded.warnings : expanded.problems) +=
            problem.file + ":" + std::to_string(problem.line) + ": " + problem.what + "; " +
            problem.what_to_do + "\n";
    };
    rc::LoadedRecipe loaded(recipe, "r.toml", folder, std::move(options), on_problem);
    if (!loaded.is_good()) return expanded;
    loaded.expand([&expanded](std::string_view line, const rc::LineOrigin&) {
        expanded.lines.emplace_back(line);
    });
    return expanded;
}

bool same(const Json& a, const Json& b) {
    return nlohmann::json::parse(a.dump()) == nlohmann::json::parse(b.dump());
}

// Members with "ABSENT" must not be there; others must be equal.
std::string mismatch(const Json& wanted, const Json& line) {
    for (const auto& [name, value] : wanted.items()) {
        if (value == "ABSENT") {
            if (line.contains(name)) return name + " is there";
        } else if (!line.contains(name) || !same(line[name], value)) {
            return name + " is " + (line.contains(name) ? line[name].dump() : "absent");
        }
    }
    return "";
}

// The values of a case; a template is filled by look-ups in them alone.
rc::Found filled(const rc::Template& parsed, const rc::Value& values) {
    std::string text;
    for (const auto& part : parsed.parts) {
        text += part.literal;
        if (!part.placeholder) continue;
        auto found =
            rc::filtered(rc::walk(values, part.placeholder->path, 0), part.placeholder->filters);
        if (found.state == rc::Found::State::absent) {
            return rc::Found::bad(part.placeholder->name() + ": " + found.why);
        }
        if (parsed.is_lone() || found.state == rc::Found::State::bad) return found;
        if (found.state == rc::Found::State::there) text += rc::plain_of(found.value);
    }
    return rc::Found::of(rc::Value::of_text(text));
}

// Strings of a JSON value filled one by one; what `optional` drops is left out.
std::optional<Json> filled_deep(const Json& json, const rc::Value& values) {
    if (json.is_string()) {
        std::string error;
        const auto found = filled(*rc::parse_template(json.get<std::string>(), error), values);
        if (found.state != rc::Found::State::there) return std::nullopt;
        return Json::parse(rc::json_of(found.value));
    }
    Json made = json.is_object() ? Json::object() : Json::array();
    if (!json.is_object() && !json.is_array()) return json;
    for (const auto& [name, value] : json.items()) {
        const auto item = filled_deep(value, values);
        if (!item) continue;
        if (json.is_object()) made[name] = *item;
        if (json.is_array()) made.push_back(*item);
    }
    return made;
}

// "" when it is as expected.
std::string run_template(const Json& given, const Json& expect) {
    const auto values = *rc::parse_json(given.at("values").get<std::string>());
    const std::string text = given.at("text");
    if (expect.contains("deep")) {
        const auto made = filled_deep(Json::parse(text), values);
        return made && made->dump() == expect["deep"] ? "" : made ? made->dump() : "dropped";
    }
    std::string error;
    const auto parsed = rc::parse_template(text, error);
    const auto found = parsed ? filled(*parsed, values) : rc::Found::bad(error);
    if (found.state != rc::Found::State::bad) {
        const auto json = rc::json_of(found.value);
        return expect.contains("json") && expect["json"] == json ? "" : "gives " + json;
    }
    const std::string wanted = expect.value("error", "(no error)");
    return found.why.find(wanted) != std::string::npos ? "" : "says " + found.why;
}

std::set<std::string> ids_with(const fs::path& folder, const std::string& recipe, const Json& files,
                               rc::RowOptions rows = {}) {
    write_files(folder, files);
    rc::RecipeOptions options;
    options.rows = std::move(rows);
    const auto ids = expand(folder, recipe, options).ids();
    return {ids.begin(), ids.end()};
}

// What is said of sets of ids.
std::string check_sets(const fs::path& folder, const std::string& recipe, const Json& expect,
                       const Expanded& expanded) {
    const auto list = expanded.ids();
    const std::set<std::string> ids(list.begin(), list.end());
    if (expect.contains("count") && list.size() != expect["count"]) return "another count";
    if (expect.contains("same_ids_as")) {
        if (ids_with(folder, recipe, expect["same_ids_as"]) != ids) return "other ids";
    }
    if (expect.contains("superset_with")) {
        const auto more = ids_with(folder, recipe, expect["superset_with"]);
        if (!std::includes(more.begin(), more.end(), ids.begin(), ids.end())) return "rows moved";
        if (ids.empty() || more.size() <= ids.size()) return "no rows";
    }
    if (expect.contains("shards")) {
        const int shards = expect["shards"];
        std::set<std::string> all;
        std::size_t count = 0;
        for (int i = 1; i <= shards; ++i) {
            const auto part = ids_with(folder, recipe, Json::object(), {{}, i, shards, {}});
            count += part.size();
            all.insert(part.begin(), part.end());
        }
        if (all != ids || count != ids.size()) return "shards are not disjoint and whole";
    }
    if (expect.contains("ids_match")) {
        std::string joined;
        for (const auto& id : list) joined += (joined.empty() ? "" : " ") + id;
        const std::string pattern = expect["ids_match"];
        if (!std::regex_match(joined, std::regex(pattern))) return joined;
    }
    return "";
}

// Lines with placeholders, filled with an answer.
std::string check_filled(const Json& expect, const Expanded& expanded) {
    const auto values = *rc::parse_json(R"({"s":{"text":"ANSWER"}})");
    const auto line_of = [&expanded](const std::string& id) {
        for (const auto& line : expanded.lines) {
            const auto json = Json::parse(line);
            if (json["id"] == id) return json;
        }
        return Json();
    };
    for (const auto& one : expect.value("filled", Json::array())) {
        const auto made = filled_deep(line_of(one[0])["prompt"], values);
        if (!made || *made != one[1]) return made ? made->dump() : "dropped";
    }
    if (expect.contains("filled_field")) {
        const auto& one = expect["filled_field"];
        const auto made = filled_deep(line_of(one[0])[one[1].get<std::string>()], values);
        if (!made || *made != one[2]) return made ? made->dump() : "dropped";
    }
    return "";
}

std::string check_lines(const Json& expect, const Expanded& expanded) {
    if (expect.contains("ids") && Json(expanded.ids()) != Json(expect["ids"])) {
        return "ids " + Json(expanded.ids()).dump();
    }
    if (!expect.contains("lines")) return "";
    const auto& lines = expect["lines"];
    if (expanded.lines.size() < lines.size() || (lines.empty() && !expanded.lines.empty())) {
        return std::to_string(expanded.lines.size()) + " lines";
    }
    for (std::size_t i = 0; i < lines.size(); ++i) {
        const auto wrong = mismatch(lines[i], Json::parse(expanded.lines[i]));
        if (!wrong.empty() && !expect.contains("lone")) return expanded.lines[i] + ": " + wrong;
    }
    return "";
}

std::string run_expand(const Json& given, const Json& expect) {
    const nightshift::test::ScratchFolder scratch;
    const auto& folder = scratch.path();
    write_files(folder, given.value("files", Json::object()));
    const std::string recipe = given.at("recipe");
    const StandardInput input(folder, given.value("stdin", ""));
    Expanded expanded;
    try {
        expanded = expand(folder, recipe);
    } catch (const nightshift::UsageError& error) {
        expanded.problems = error.what();
    }
    const auto said = [](const std::string& text, const Json& wanted) {
        return text.find(wanted.get<std::string>()) != std::string::npos;
    };
    const bool fails = expect.contains("error") || expect.contains("problem");
    if (!fails && !expanded.problems.empty()) return expanded.problems;
    if (expect.contains("error") && !said(expanded.problems, expect["error"])) {
        return "says " + expanded.problems;
    }
    if (expect.contains("problem") && !said(expanded.problems, expect["problem"])) {
        return "says " + expanded.problems;
    }
    if (expect.contains("warning") && !said(expanded.warnings, expect["warning"])) {
        return "warns " + expanded.warnings;
    }
    if (expect.contains("text")) {
        const bool there = !expanded.lines.empty() && said(expanded.lines[0], expect["text"]);
        if (!there) return expanded.lines.empty() ? "no line" : expanded.lines[0];
    }
    auto wrong = check_lines(expect, expanded);
    if (wrong.empty()) wrong = check_filled(expect, expanded);
    return wrong.empty() ? check_sets(folder, recipe, expect, expanded) : wrong;
}

}  // namespace

TEST_CASE("the cases of templates and expansion give what they should") {
    std::ifstream file(fs::path(NIGHTSHIFT_SOURCE_DIR) / "tests/recipe/cases.jsonl");
    int ran = 0;
    for (std::string line; std::getline(file, line);) {
        const auto one = Json::parse(line);
        const std::string run = one["run"];
        if (run != "template" && run != "expand") continue;
        ++ran;
        const auto wrong = run == "template" ? run_template(one["given"], one["expect"])
                                             : run_expand(one["given"], one["expect"]);
        const std::string name =
            std::to_string(one["n"].get<int>()) + ": " + one["case"].get<std::string>();
        CHECK_MESSAGE(wrong == "", name << ": " << wrong);
    }
    MESSAGE(ran << " cases of templates and expansion");
    CHECK(ran >= 120);
}

TEST_CASE("the six examples expand to their manifests, byte for byte") {
    for (const std::string name : {"sft", "storybook", "tts", "products", "compare", "translate"}) {
        const fs::path folder = fs::path(NIGHTSHIFT_SOURCE_DIR) / "samples/recipes" / name;
        const auto text = nightshift::test::read_file(folder / (name + ".toml"));
        const auto expanded = expand(folder, text);
        CHECK(expanded.problems == "");
        std::string all;
        for (const auto& line : expanded.lines) all += line + "\n";
        const auto wanted = nightshift::test::read_file(folder / "expanded.jsonl");
        std::size_t at = 0;
        while (at < all.size() && at < wanted.size() && all[at] == wanted[at]) ++at;
        const std::string here = name + ": " + all.substr(at < 40 ? 0 : at - 40, 120);
        CHECK_MESSAGE(all == wanted, here);
    }
}
