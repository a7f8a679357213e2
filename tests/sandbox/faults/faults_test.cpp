// Which call meets which rule, and what a faults file may say.
#include "tests/sandbox/client.hpp"

#include "sandbox/call/settings_file.hpp"
#include "sandbox/faults/faults.hpp"
#include "sandbox/faults/reply_forms.hpp"
#include "sandbox/limits/limit.hpp"
#include "test_paths.hpp"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <stdexcept>

using namespace nightshift::sandbox;

namespace {

Faults faults_of(const std::string& json, std::uint64_t seed = 1) {
    const Folder folder;
    return read_faults(folder.file("faults.json", json), seed);
}

// '1' for each of `count` calls that met the fault, '0' for the others.
std::string pattern(Faults& faults, int count, const Occasion& occasion) {
    std::string text;
    for (int i = 0; i < count; ++i) text += faults.deal(occasion).status ? '1' : '0';
    return text;
}

const Occasion chat{Endpoint::chat_completions, "gpt-5.4", "body", true};

std::string complaint(const std::string& name, const std::string& text) {
    const Folder folder;
    try {
        read_faults(folder.file(name, text), 1);
    } catch (const std::runtime_error& error) {
        const std::string what = error.what();
        return what.substr(what.find(name));
    }
    return "";
}

}  // namespace

TEST_CASE("a rule chooses calls by number, range, step and times") {
    struct Row {
        const char* rule;
        const char* met;
    };
    for (const Row& row : {
             Row{R"({"status":500})", "11111111"},
             Row{R"({"status":500,"calls":3})", "00100000"},
             Row{R"({"status":500,"calls":[1,"4-5"]})", "10011000"},
             Row{R"({"status":500,"calls":"6-"})", "00000111"},
             Row{R"({"status":500,"every":3})", "00100100"},
             Row{R"({"status":500,"times":2})", "11000000"},
             Row{R"({"status":500,"probability":0})", "00000000"},
             Row{R"({"status":500,"endpoint":"messages"})", "00000000"},
             Row{R"({"status":500,"endpoint":["messages","chat_completions"]})", "11111111"},
             Row{R"({"status":500,"model":"gpt-*"})", "11111111"},
             Row{R"({"status":500,"model":"claude-*"})", "00000000"},
         }) {
        CAPTURE(row.rule);
        Faults faults = faults_of(std::string(R"({"rule":[)") + row.rule + "]}");
        CHECK(pattern(faults, 8, chat) == row.met);
    }
}

TEST_CASE("a probability is drawn from the seed") {
    const std::string json = R"({"rule":[{"status":500,"probability":0.5}]})";
    Faults first = faults_of(json, 1);
    Faults again = faults_of(json, 1);
    Faults other = faults_of(json, 2);

    const std::string met = pattern(first, 64, chat);

    CHECK(met == pattern(again, 64, chat));
    CHECK(met != pattern(other, 64, chat));
    CHECK(met.find("1") != std::string::npos);
    CHECK(met.find("0") != std::string::npos);
}

TEST_CASE("each body can have a count of its own") {
    Faults faults = faults_of(R"({"rule":[{"status":500,"calls":1,"count":"each"}]})");
    Occasion other = chat;
    other.key = "other";

    CHECK(pattern(faults, 3, chat) == "100");
    CHECK(pattern(faults, 3, other) == "100");
}

TEST_CASE("the first rule that applies decides, and every rule counts") {
    Faults faults =
        faults_of(R"({"rule":[{"status":429,"calls":2},{"status":500,"calls":"2-3"}]})");

    CHECK_FALSE(faults.deal(chat).status);
    CHECK(faults.deal(chat).status == 429);
    CHECK(faults.deal(chat).status == 500);
    CHECK_FALSE(faults.deal(chat).status);
}

TEST_CASE("work is done unless something stands in its place") {
    const auto executes = [](const char* rule) {
        Faults faults = faults_of(std::string(R"({"rule":[)") + rule + "]}");
        return faults.deal(chat).executes();
    };

    CHECK(executes(R"({"delay":1})"));
    CHECK(executes(R"({"connection":"reset_after_body"})"));
    CHECK(executes(R"({"connection":"stall"})"));
    CHECK(executes(R"({"status":502,"executed":true})"));
    CHECK_FALSE(executes(R"({"status":502})"));
    CHECK_FALSE(executes(R"({"body":{"error":{}}})"));
    CHECK_FALSE(executes(R"({"connection":"close_after_body","executed":false})"));
}

TEST_CASE("TOML and JSON say the same") {
    const Folder folder;
    Faults faults = read_faults(folder.file("faults.toml", R"(
        [[rule]]
        endpoint = "videos"
        calls = [1, "3-4"]
        status = 503
        headers = { Retry-After = "7" }
        [rule.task]
        statuses = ["NOT_START", "weird", "FAILURE"]
        fail_reason = "no"
    )"),
                                1);

    const Fault fault = faults.deal({Endpoint::videos, "happyhorse-1.0-t2v", "", true});

    CHECK(fault.status == 503);
    REQUIRE(fault.headers.size() == 1);
    CHECK(fault.headers[0].value == "7");
    REQUIRE(fault.task);
    CHECK(fault.task->statuses.size() == 3);
    CHECK(fault.task->fail_reason == "no");
}

TEST_CASE("a file that is not in order is refused with file and key") {
    struct Row {
        const char* text;
        const char* words;
    };
    for (const Row& row : {
             Row{R"({"rule":[{"stauts":500}]})", R"(rule 1: "stauts" is not a known key)"},
             Row{R"({"rules":[]})", R"(top level: "rules" is not a known key)"},
             Row{R"({"rule":{}})", R"(top level: "rule" must be a list of tables)"},
             Row{R"({"rule":[{},{"probability":2}]})",
                 R"(rule 2: "probability" must be a number from 0 to 1)"},
             Row{R"({"rule":[{"endpoint":"video"}]})",
                 R"(rule 1: "endpoint" names no endpoint: video)"},
             Row{R"({"rule":[{"calls":"5-3"}]})", R"(rule 1: "calls" must hold)"},
             Row{R"({"rule":[{"calls":0}]})", R"(rule 1: "calls" must hold)"},
             Row{R"({"rule":[{"connection":"drop"}]})",
                 R"(rule 1: "connection" is not a known ending: drop)"},
             Row{R"({"rule":[{"endpoint":"audio_speech","form":"inline_data"}]})",
                 R"(rule 1: "form" must be one of: redirect, json_url, json_error, empty)"},
             Row{R"({"rule":[{"task":{"status":[]}}]})",
                 R"(rule 1 task: "status" is not a known key)"},
             Row{R"({"rule":[{"result":{"replace":"x"}}]})", R"(rule 1 result: "replace" must be)"},
             Row{R"({"rule":[{"model":"g*","connection":"reset_before_body"}]})",
                 R"(rule 1: "model" cannot choose before the body is read)"},
             Row{R"({"rule":[)", "parse error at line 1"},
         }) {
        CAPTURE(row.text);
        CHECK(complaint("f.json", row.text).find(row.words) != std::string::npos);
    }
    CHECK(complaint("f.toml", "[[rule]]\nstatus = \n").find("f.toml:2:") != std::string::npos);
    CHECK_THROWS_WITH(read_faults("/nonexistent/f.toml", 1), "/nonexistent/f.toml: cannot be read");
}

TEST_CASE("the published schemas name every key and form that the files may have, and no other") {
    const std::filesystem::path schemas = std::filesystem::path(NIGHTSHIFT_SOURCE_DIR) / "schemas";
    const Json rule = read_settings(schemas / "sandbox_faults.json")["properties"]["rule"]["items"];
    const Json limit =
        read_settings(schemas / "sandbox_limits.json")["properties"]["limit"]["items"];
    const auto known = [](const std::string& text) {
        return text.find("is not a known key") == std::string::npos;
    };

    for (const auto& [key, value] : rule["properties"].items()) {
        CAPTURE(key);
        CHECK_FALSE(value["description"].get<std::string>().empty());
        CHECK(known(complaint("f.json", "{\"rule\":[{\"" + key + "\":\"?\"}]}")));
        if (key != "task" && key != "result") continue;
        for (const auto& [inner, type] : value["properties"].items()) {
            CAPTURE(inner);
            CHECK(known(
                complaint("f.json", "{\"rule\":[{\"" + key + "\":{\"" + inner + "\":\"?\"}}]}")));
        }
    }
    for (const auto& [key, value] : limit["properties"].items()) {
        CAPTURE(key);
        const Folder folder;
        std::string words;
        try {
            read_limits(folder.file("l.json", "{\"limit\":[{\"" + key + "\":\"?\"}]}"));
        } catch (const std::runtime_error& error) {
            words = error.what();
        }
        CHECK(known(words));
    }
    const std::string forms = rule["properties"]["form"]["description"].get<std::string>();
    for (int i = 0; i <= static_cast<int>(Endpoint::results); ++i) {
        const auto list = forms_of(static_cast<Endpoint>(i));
        if (list.empty()) continue;
        CHECK(forms.find(fmt::format("{}", fmt::join(list, " "))) != std::string::npos);
    }
}
