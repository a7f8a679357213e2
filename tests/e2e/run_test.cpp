// The main job as a user runs it.

#include "base/digest.hpp"
#include "test_paths.hpp"
#include "tests/e2e/gateway.hpp"

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <fstream>
#include <set>

using namespace nightshift::test;
using nlohmann::json;

namespace {

const std::string samples = NIGHTSHIFT_SOURCE_DIR "/samples/";

// The body of a request line, exactly as it stands in the line.
std::string body_bytes(const std::string& line) {
    const auto start = line.find("\"body\":") + 7;
    const auto from = line.find('{', start);
    int depth = 0;
    bool in_text = false;
    for (auto at = from; at < line.size(); ++at) {
        const char c = line[at];
        if (in_text) {
            if (c == '\\')
                ++at;
            else if (c == '"')
                in_text = false;
            continue;
        }
        if (c == '"') in_text = true;
        if (c == '{') ++depth;
        if (c == '}' && --depth == 0) return line.substr(from, at + 1 - from);
    }
    return "";
}

}  // namespace

TEST_CASE("the quickstart runs on all seven endpoints and leaves whole files and one line each") {
    const ScratchFolder folder;
    const auto ended = run(folder.path(), {"run", samples + "quickstart.jsonl", "--sandbox", "-o",
                                           "d", "--sandbox-speed", "4"});
    CAPTURE(ended.err);
    REQUIRE(ended.exit_code == 0);

    const auto manifest = read_jsonl(samples + "quickstart.jsonl");
    const auto ledger = read_jsonl(folder.path() / "d/ledger.jsonl");
    CHECK(ledger.size() == manifest.size());
    const auto schema = json::parse(read_file(NIGHTSHIFT_SOURCE_DIR "/schemas/ledger_line.json"));
    const auto columns = schema["required"].size();
    std::set<std::string> ids, endpoints;
    for (const auto& line : ledger) {
        CHECK_MESSAGE(line["state"] == "succeeded", line.dump());
        CHECK(line.size() == columns);
        CHECK(line["gateway"] == "sandbox");
        ids.insert(line["id"]);
        endpoints.insert(line["endpoint"]);
        for (const auto& output : line["outputs"]) {
            const auto bytes = read_file(folder.path() / "d" / output["path"].get<std::string>());
            CHECK(bytes.size() == output["bytes"]);
            CHECK(nightshift::sha256_hex(bytes) == output["sha256"]);
        }
        const auto endpoint = line["endpoint"].get<std::string>();
        const bool text = endpoint == "messages" || endpoint == "chat_completions" ||
                          line["model"] == "gemini-3.5-flash";
        CHECK(line["outputs"].size() == (text ? 0 : 1));
        if (text) CHECK(line["text"].get<std::string>().size() > 5);
    }
    CHECK(ids.size() == manifest.size());
    CHECK(endpoints.size() == 7);
}

TEST_CASE("every request of the seed goes out byte for byte with its authentication carriers") {
    const ScratchFolder folder;
    ReplayServer server([](const Seen&) { return error_reply(400, "", "invalid_request_error"); });
    run(folder.path(), {"run", samples + "seed.jsonl", "-o", "d", "--max-attempts", "1"},
        pointing_at(server.base_url()));

    std::multiset<std::string> wanted, sent;
    std::istringstream lines(read_file(samples + "seed.jsonl"));
    for (std::string line; std::getline(lines, line);) {
        if (!line.empty()) wanted.insert(body_bytes(line));
    }
    for (const auto& request : server.seen()) {
        sent.insert(request.body);
        CHECK(request.headers.at("authorization") == "Bearer " + canary_key);
        CHECK(request.headers.at("content-type").rfind("application/json", 0) == 0);
        const bool messages = request.target == "/v1/messages";
        const bool gemini = request.target.rfind("/v1beta/models/", 0) == 0;
        CHECK(request.headers.count("x-api-key") == (messages ? 1 : 0));
        CHECK(request.headers.count("anthropic-version") == (messages ? 1 : 0));
        CHECK(request.headers.count("x-goog-api-key") == (gemini ? 1 : 0));
    }
    CHECK(wanted.size() > 8);
    CHECK(sent == wanted);
}

TEST_CASE("fault row 84: numbers, key order and escapes of a request line's body are not touched") {
    const ScratchFolder folder;
    const std::string body =
        R"({"z":0.1000,"model":"gpt-5.4","seed":18446744073709551616, "a":1e5,)"
        R"("messages":[{"role":"user","content":"\u4f60\/ \ud83d\ude00"}]})";
    folder.file("m.jsonl",
                R"({"custom_id":"x","url":"/v1/chat/completions","body":)" + body + "}\n");
    ReplayServer server([](const Seen&) { return chat_reply(); });
    const auto ended = run(folder.path(), {"run", "m.jsonl"}, pointing_at(server.base_url()));
    CAPTURE(ended.err);
    REQUIRE(ended.exit_code == 0);
    CHECK(server.seen().front().body == body);
}

TEST_CASE("forty tasks through three slots all end well, each sent once") {
    const ScratchFolder folder;
    folder.file("m.jsonl", chat_lines(40));
    ReplayServer server([](const Seen&) { return chat_reply(); });
    const auto ended =
        run(folder.path(), {"run", "m.jsonl", "-j", "3", "--json"}, pointing_at(server.base_url()));
    CAPTURE(ended.err);
    CHECK(ended.exit_code == 0);
    CHECK(server.seen().size() == 40);
    CHECK(json::parse(ended.out)["counts"]["succeeded"] == 40);
}

TEST_CASE("--progress json ends with a summary, and every line is JSON") {
    const ScratchFolder folder;
    folder.file("m.jsonl", chat_lines(3));
    ReplayServer server([](const Seen&) { return chat_reply(); });
    const auto ended = run(folder.path(), {"run", "m.jsonl", "--progress", "json"},
                           pointing_at(server.base_url()));
    json last;
    int tasks = 0;
    std::istringstream lines(ended.out);
    for (std::string line; std::getline(lines, line);) {
        last = json::parse(line);
        tasks += last["type"] == "task" ? 1 : 0;
    }
    CHECK(tasks == 3);
    CHECK(last["type"] == "summary");
    CHECK(last["counts"]["succeeded"] == 3);
}

TEST_CASE("an id twice with one body is one task and a warning, with two an error of both lines") {
    const ScratchFolder folder;
    const std::string first = R"({"id":"x","model":"gpt-5.4","prompt":"a"})"
                              "\n";
    const std::string other = R"({"id":"x","model":"gpt-5.4","prompt":"b"})"
                              "\n";
    std::ofstream(folder.path() / "same.jsonl") << first << first;
    std::ofstream(folder.path() / "other.jsonl") << first << other;
    for (int round = 0; round < 2; ++round) {  // the second time all of it is known
        CAPTURE(round);
        const auto same = run(folder.path(), {"run", "same.jsonl", "--sandbox", "-o", "same"});
        CHECK(same.exit_code == 0);
        CHECK(same.err.find(
                  "same.jsonl:2:1: the id \"x\" is on same.jsonl:1 too, with the same body") !=
              std::string::npos);
        CHECK(read_jsonl(folder.path() / "same/ledger.jsonl").size() == 1);
    }
    const auto two = run(folder.path(), {"run", "other.jsonl", "--sandbox", "-o", "other"});
    CHECK(two.exit_code == 2);
    CHECK(two.err.find("other.jsonl:2:1: the id \"x\" is on other.jsonl:1 too, with another body; "
                       "give one of them another id") != std::string::npos);
    // Nor does a policy for known ids let one line of a manifest replace another.
    const auto replaced = run(folder.path(), {"run", "other.jsonl", "--sandbox", "-o", "same",
                                              "--on-change", "replace", "--skip-invalid"});
    CHECK(replaced.err.find("with another body") != std::string::npos);
    CHECK(read_jsonl(folder.path() / "same/ledger.jsonl").size() == 1);
}

TEST_CASE("--limit takes the first tasks, 0 loads and stops, --only chooses") {
    const ScratchFolder folder;
    folder.file("m.jsonl",
                chat_lines(5) + R"({"id":"c","model":"claude-sonnet-4-6","prompt":"p"})");
    ReplayServer server([](const Seen&) { return chat_reply(); });
    const auto environment = pointing_at(server.base_url());

    CHECK(run(folder.path(), {"run", "m.jsonl", "--limit", "0"}).exit_code == 0);
    CHECK(server.seen().empty());
    for (const auto& form :
         std::vector<std::vector<std::string>>{{"--json"}, {"--progress", "json"}}) {
        std::vector<std::string> words = {"run", "-o", "m.run", "--limit", "0"};
        words.insert(words.end(), form.begin(), form.end());
        const auto ended = run(folder.path(), words);
        CAPTURE(ended.out);
        const auto last = ended.out.rfind('\n', ended.out.size() - 2) + 1;
        CHECK(json::parse(ended.out.substr(last))["counts"]["pending"] == 6);
    }
    CHECK(run(folder.path(), {"run", "-o", "m.run", "--limit", "2"}, environment).exit_code == 0);
    CHECK(server.seen().size() == 2);
    CHECK(run(folder.path(), {"run", "-o", "m.run", "--only", "endpoint=chat_completions"},
              environment)
              .exit_code == 0);
    CHECK(server.seen().size() == 5);
    const auto status = json::parse(run(folder.path(), {"status", "m.run", "--json"}).out);
    CHECK(status["counts"]["succeeded"] == 5);
    CHECK(status["counts"]["pending"] == 1);
}

TEST_CASE(
    "the same manifest again does nothing more, and a changed line is refused by its number") {
    const ScratchFolder folder;
    folder.file("m.jsonl", chat_lines(3));
    ReplayServer server([](const Seen&) { return chat_reply(); });
    const auto environment = pointing_at(server.base_url());
    run(folder.path(), {"run", "m.jsonl"}, environment);
    CHECK(run(folder.path(), {"run", "m.jsonl"}, environment).exit_code == 0);
    CHECK(server.seen().size() == 3);

    folder.file("m.jsonl", chat_lines(2) + R"({"id":"t2","model":"gpt-5.4","prompt":"other"})");
    const auto changed = run(folder.path(), {"run", "m.jsonl"}, environment);
    CHECK(changed.exit_code == 2);
    CHECK(changed.err.find("m.jsonl:3") != std::string::npos);
    CHECK(run(folder.path(), {"run", "m.jsonl", "--on-change", "skip"}, environment).exit_code ==
          0);
    CHECK(server.seen().size() == 3);
    CHECK(run(folder.path(), {"run", "m.jsonl", "--on-change", "replace"}, environment).exit_code ==
          0);
    CHECK(server.seen().size() == 4);
}

TEST_CASE("show tells the whole story of a task, also of one that was retried") {
    const ScratchFolder folder;
    folder.file("m.jsonl", chat_lines(1));
    int given = 0;
    ReplayServer server([&](const Seen&) {
        return given++ == 0 ? error_reply(500, "get_channel_failed", "new_api_error")
                            : chat_reply();
    });
    run(folder.path(), {"run", "m.jsonl", "--retry-base", "0.01"}, pointing_at(server.base_url()));

    const auto shown = json::parse(run(folder.path(), {"show", "m.run", "t0", "--json"}).out);
    CHECK(shown["state"] == "succeeded");
    REQUIRE(shown["tries"].size() == 2);
    CHECK(shown["tries"][0]["verdict"] == "server_error");
    CHECK(shown["tries"][0]["request_id"] == "req1");
    CHECK(shown["tries"][1]["verdict"] == "ok");
    CHECK(shown["reply"]["choices"].size() == 1);
    CHECK(run(folder.path(), {"show", "m.run", "nobody"}).exit_code == 2);
}

TEST_CASE("what `expect` asks for is checked, asked for once more, and then failed") {
    const ScratchFolder folder;
    folder.file(
        "m.jsonl",
        R"({"id":"x","model":"gpt-5.4","prompt":"p","expect":{"json":true}})"
        "\n"
        R"({"id":"y","model":"gpt-5.4","prompt":"q","expect":{"json_schema":{"type":"object",)"
        R"("required":["a"]}}})");
    ReplayServer server([&](const Seen& request) {
        const bool second = request.body.find("\"q\"") != std::string::npos;
        return chat_reply(second ? R"({\"a\":1})" : "not json");
    });
    const auto ended = run(folder.path(), {"run", "m.jsonl", "--retry-base", "0.01"},
                           pointing_at(server.base_url()));
    CHECK(ended.exit_code == 1);
    for (const auto& line : read_jsonl(folder.path() / "m.run/ledger.jsonl")) {
        if (line["id"] == "y") {
            CHECK(line["state"] == "succeeded");
            continue;
        }
        CHECK(line["error"]["kind"] == "invalid_output");
        CHECK(line["text"] == "not json");  // what to mend the prompt by
        CHECK(line["finish_reason"] == "stop");
        CHECK(line["attempts"] == 2);
        CHECK(line["maybe_billed"] == 0);
    }
}

TEST_CASE("fault row 88: an id that is a path stays inside the run directory") {
    const ScratchFolder folder;
    folder.file("m.jsonl", R"({"id":"../../evil","model":"gpt-5.4","prompt":"p"})");
    ReplayServer server([](const Seen&) { return chat_reply(); });
    const auto ended =
        run(folder.path(), {"run", "m.jsonl", "--text-files"}, pointing_at(server.base_url()));
    CAPTURE(ended.err);
    CHECK(ended.exit_code == 0);
    const auto line = read_jsonl(folder.path() / "m.run/ledger.jsonl").front();
    CHECK(line["id"] == "../../evil");
    const auto path = line["outputs"][0]["path"].get<std::string>();
    CHECK(path.rfind("outputs/", 0) == 0);
    CHECK(path.find("..") == std::string::npos);
    CHECK(read_file(folder.path() / "m.run" / path) == "good");
}

TEST_CASE("fault row 46: texts that were cut are found by their flag and asked for again") {
    const ScratchFolder folder;
    folder.file("m.jsonl", chat_lines(3));
    bool cut = true;
    ReplayServer server([&](const Seen& request) {
        auto reply = chat_reply();
        if (cut && request.body.find("p1") != std::string::npos) {
            reply.body.replace(reply.body.find("stop"), 4, "length");
        }
        return reply;
    });
    const auto environment = pointing_at(server.base_url());
    CHECK(run(folder.path(), {"run", "m.jsonl"}, environment).exit_code == 0);
    cut = false;

    const auto retry = run(folder.path(), {"retry", "m.run", "--flag", "truncated", "--yes"});
    CHECK(retry.exit_code == 0);
    CHECK(run(folder.path(), {"run", "-o", "m.run"}, environment).exit_code == 0);

    CHECK(server.seen().size() == 4);
    const auto ledger = read_jsonl(folder.path() / "m.run/ledger.jsonl");
    REQUIRE(ledger.size() == 4);
    CHECK(ledger.back()["id"] == "t1");
    CHECK(ledger.back()["flags"].empty());
    CHECK(ledger.back()["attempts"] == 2);
}

TEST_CASE("a sandbox run answers what each line expects") {
    const ScratchFolder folder;
    const std::vector<std::string> schemas = {
        R"({"type":"object","required":["title","scenes"],"properties":{"title":{"type":"string","maxLength":20},"scenes":{"type":"array","minItems":3,"maxItems":6,"items":{"type":"object","required":["text"],"additionalProperties":false,"properties":{"text":{"type":"string","minLength":30}}}}}})",
        R"({"type":"object","required":["best"],"properties":{"best":{"type":"integer","minimum":1,"maximum":2},"why":{"type":["string","null"]}}})",
        R"({"type":"array","minItems":1,"items":{"enum":["a","b"]}})",
        R"({"allOf":[{"type":"object","required":["a"]},{"properties":{"a":{"type":"number","exclusiveMinimum":0,"maximum":1}}}]})",
        R"({"anyOf":[{"type":"boolean"},{"type":"string"}]})",
        R"({"required":["x"]})"};
    std::string lines;
    int n = 0;
    for (const std::string model : {"gpt-5.4", "claude-sonnet-4-6", "gemini-3.5-flash"}) {
        for (std::size_t i = 0; i <= schemas.size(); ++i) {
            const auto expect =
                i == schemas.size() ? R"({"json":true})" : R"({"json_schema":)" + schemas[i] + "}";
            for (int copy = 0; copy < 4; ++copy) {
                lines += R"({"id":")" + std::to_string(n++) + R"(","model":")" + model +
                         R"(","prompt":"p )" + std::to_string(copy) + R"(","expect":)" + expect +
                         "}\n";
            }
        }
    }
    folder.file("m.jsonl", lines);
    const auto ended = run(folder.path(), {"run", "m.jsonl", "--sandbox", "--sandbox-speed", "50"});
    INFO(ended.err);
    CHECK(ended.exit_code == 0);
    const auto streamed = run(folder.path(), {"run", "m.jsonl", "--sandbox", "--stream", "-o", "s",
                                              "--sandbox-speed", "50"});
    INFO(streamed.err);
    CHECK(streamed.exit_code == 0);
}
