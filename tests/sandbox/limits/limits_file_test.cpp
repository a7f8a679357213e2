// What a limits file may say.
#include "tests/sandbox/limits/limit_calls.hpp"

#include "sandbox/call/settings_file.hpp"
#include "test_paths.hpp"

#include <doctest/doctest.h>

#include <stdexcept>

using namespace nightshift::sandbox;

namespace {

std::string complaint(const std::string& table) {
    const Folder folder;
    try {
        read_limits(folder.file("l.toml", "[[limit]]\n" + table));
    } catch (const std::runtime_error& error) {
        const std::string what = error.what();
        return what.substr(what.find("l.toml"));
    }
    return "";
}

}  // namespace

TEST_CASE("a limits file that is not in order is refused") {
    CHECK_THROWS_AS(limits_of("[[limit]]\nrpm = 3\n"), std::runtime_error);
    CHECK_THROWS_AS(limits_of("[[limit]]\nendpoint = \"poll\"\n"), std::runtime_error);
    CHECK_THROWS_AS(limits_of("[[limit]]\nconcurrency = -1\n"), std::runtime_error);
    CHECK_THROWS_AS(limits_of("limit = 3\n"), std::runtime_error);
}

TEST_CASE("a complaint about a limits file says where and what") {
    struct Row {
        const char* table;
        const char* words;
    };
    for (const Row& row : {
             Row{"window = \"hour\"", "limit 1: \"window\" must be sliding, fixed or bucket"},
             Row{"burst_seconds = 2", "limit 1: \"burst_seconds\" needs window = \"bucket\""},
             Row{"tokens = \"real\"", "limit 1: \"tokens\" must be reserved or used"},
             Row{"per_model = 1", "limit 1: \"per_model\" must be true or false"},
             Row{"headers = true", "limit 1: \"headers\" needs requests_per_minute"},
             Row{"slow_factor = 2", "limit 1: \"slow_factor\" needs slow_above"},
             Row{"latency_seconds = -1", "limit 1: \"latency_seconds\" must be a number from 0"},
             Row{"changes = 3", "limit 1: \"changes\" must be a list of tables"},
             Row{"changes = [{factor = 1}]", "limit 1 change 1: \"after_seconds\" is missing"},
             Row{"changes = [{after_seconds = 1}]", "limit 1 change 1: \"factor\" is missing"},
             Row{"changes = [{after_seconds = 1, factor = 1}, {after_seconds = 1, factor = -1}]",
                 "limit 1 change 2: \"factor\" must be a number from 0"},
             Row{"changes = [{after_seconds = 1, factor = 1, every_seconds = 0}]",
                 "limit 1 change 1: \"every_seconds\" must be a number from 1"},
             Row{"changes = [{after_seconds = 1, factor = 1, every = 2}]",
                 "limit 1 change 1: \"every\" is not a known key"},
         }) {
        CAPTURE(row.table);
        CHECK(complaint(row.table).find(row.words) != std::string::npos);
    }
}

TEST_CASE("the published schema describes every key of a limit and of its changes") {
    const std::filesystem::path schemas = std::filesystem::path(NIGHTSHIFT_SOURCE_DIR) / "schemas";
    const Json file = read_settings(schemas / "sandbox_limits.json");
    const Json& limit = file["properties"]["limit"]["items"]["properties"];

    for (const auto& [key, value] : limit.items()) {
        CAPTURE(key);
        CHECK_FALSE(value["description"].get<std::string>().empty());
    }
    for (const auto& [key, value] : limit["changes"]["items"]["properties"].items()) {
        CAPTURE(key);
        CHECK_FALSE(value["description"].get<std::string>().empty());
        std::string change = "changes = [{" + key + " = \"?\"";
        if (key != "after_seconds") change += ", after_seconds = 1";
        if (key != "factor") change += ", factor = 1";
        CHECK(complaint(change + "}]").find("\"" + key + "\" must be") != std::string::npos);
    }
}
