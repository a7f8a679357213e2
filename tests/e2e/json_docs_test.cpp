// docs/json.md against what the commands print.

#include "test_paths.hpp"
#include "tests/e2e/gateway.hpp"

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include <regex>
#include <set>
#include <sstream>

using namespace nightshift::test;
using nlohmann::json;

namespace {

using Paths = std::set<std::string>;

// The first column of the section's table.
Paths documented(const std::string& heading) {
    auto text = read_file(NIGHTSHIFT_SOURCE_DIR "/docs/json.md");
    const auto at = text.find("\n## " + heading + "\n");
    REQUIRE(at != std::string::npos);
    text = text.substr(at + 1);
    text = text.substr(0, text.find("\n## ", 1));
    Paths paths;
    const std::regex row("\n\\| `([^`]+)` \\|");
    for (std::sregex_iterator each(text.begin(), text.end(), row), end; each != end; ++each) {
        paths.insert((*each)[1]);
    }
    return paths;
}

void collect(const json& value, const std::string& path, const Paths& known, Paths& found) {
    if (known.count(path + ".*") > 0) {
        found.insert(path + ".*");
    } else if (value.is_object()) {
        for (const auto& [key, inner] : value.items()) {
            collect(inner, path.empty() ? key : path + "." + key, known, found);
        }
    } else if (value.is_array() && !value.empty() && value.front().is_object()) {
        for (const auto& inner : value) collect(inner, path + "[]", known, found);
    } else {
        found.insert(path);
    }
}

// Everything that is printed is documented, and the other way round; of a list that is empty here
// only its name can be compared.
void compare(const std::string& heading, const json& printed) {
    const auto known = documented(heading);
    Paths found;
    collect(printed, "", known, found);
    for (const auto& path : found) {
        CAPTURE(path);
        const auto below = known.lower_bound(path + "[]");
        const bool empty_list = below != known.end() && below->starts_with(path + "[]");
        CHECK((known.count(path) > 0 || empty_list));
    }
    for (const auto& path : known) {
        CAPTURE(path);
        const auto list = path.substr(0, path.find("[]"));
        CHECK((found.count(path) > 0 || found.count(list) > 0));
    }
}

Canned mixed(const Seen& request) {
    const bool bad = request.body.find("p1") != std::string::npos;
    return bad ? error_reply(400, "", "invalid_request_error") : chat_reply();
}

}  // namespace

TEST_CASE("docs/json.md names every field of run, status, show, retry and cancel, and no other") {
    const ScratchFolder folder;
    folder.file("m.jsonl", chat_lines(4));
    folder.file("nightshift.toml", "[price.\"*\"]\nper_task = 1\n");
    ReplayServer server(mixed);
    const auto ended =
        run(folder.path(), {"run", "m.jsonl", "--json"}, pointing_at(server.base_url()));
    compare("run --json", json::parse(ended.out));
    auto print = [&](std::vector<std::string> arguments) {
        arguments.push_back("--json");
        return json::parse(run(folder.path(), arguments).out);
    };
    compare("status --json", print({"status", "m.run"}));
    compare("show --json", print({"show", "m.run", "t1"}));
    compare("retry --json", print({"retry", "m.run", "--failed", "--yes"}));
    compare("cancel --json", print({"cancel", "m.run", "--dry-run"}));
}

TEST_CASE("docs/json.md names every field of the lines of --progress json") {
    const ScratchFolder folder;
    folder.file("m.jsonl", chat_lines(2));
    ReplayServer server(mixed);
    const auto ended = run(folder.path(), {"run", "m.jsonl", "--progress", "json"},
                           pointing_at(server.base_url()));
    const auto text = read_file(NIGHTSHIFT_SOURCE_DIR "/docs/json.md");
    Paths types;
    std::istringstream lines(ended.out);
    for (std::string line; std::getline(lines, line);) {
        const auto object = json::parse(line);
        const auto type = object["type"].get<std::string>();
        types.insert(type);
        if (type == "summary") continue;
        const auto from = text.find("\n| `" + type + "` |");
        REQUIRE(from != std::string::npos);
        const auto row = text.substr(from + 1, text.find('\n', from + 1) - from - 1);
        for (const auto& each : object.items()) {
            CAPTURE(each.key());
            CHECK(row.find("`" + each.key() + "`") != std::string::npos);
        }
    }
    CHECK(types == Paths{"notice", "status", "summary", "task"});
}
