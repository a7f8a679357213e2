// schemas/control.json, for tests of both ends of the control socket.

#pragma once

#include "json/schema/schema.hpp"
#include "test_paths.hpp"
#include "tests/fakes/scratch.hpp"

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>
#include <simdjson.h>

#include <string>
#include <vector>

namespace nightshift::test {

// The schemas of one part, "request" or "answer": one of each title.
inline std::vector<nlohmann::json> published(const std::string& part) {
    const auto schema =
        nlohmann::json::parse(read_file(NIGHTSHIFT_SOURCE_DIR "/schemas/control.json"));
    for (const auto& each : schema.at("anyOf")) {
        if (each["title"] == part) return each["anyOf"];
    }
    return {};
}

// What is wrong with the line as a request or an answer of this title; empty: nothing.
inline std::string wrong_by_schema(const std::string& part, const std::string& title,
                                   const std::string& line) {
    for (const auto& each : published(part)) {
        if (each["title"] != title) continue;
        const auto compiled = JsonSchema::compile(each.dump());
        REQUIRE_MESSAGE(compiled.problem.empty(), compiled.pointer << ' ' << compiled.problem);
        simdjson::dom::parser parser;
        std::string all;
        for (const auto& violation : compiled.schema.violations(parser.parse(line).value())) {
            all += violation.pointer + " " + violation.what + "; ";
        }
        return all;
    }
    return "there is no " + part + " \"" + title + "\"";
}

}  // namespace nightshift::test
