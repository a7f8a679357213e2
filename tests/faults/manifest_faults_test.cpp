// Rows 82, 87, 88 and 90 through the whole program: manifests that change, and hostile texts.

#include "tests/faults/local.hpp"

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include <set>

using namespace nightshift::test;
using nlohmann::json;

namespace {

namespace fs = std::filesystem;

std::string line_of(const std::string& id, const std::string& prompt) {
    return json{{"id", id}, {"model", "gpt-5.4"}, {"prompt", prompt}}.dump() + "\n";
}

// C0 but the line feed, DEL, C1 and bidirectional controls: what a terminal would obey.
std::string controls_in(const std::string& text) {
    std::string found;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const auto c = static_cast<unsigned char>(text[i]);
        const auto next = i + 1 < text.size() ? static_cast<unsigned char>(text[i + 1]) : 0u;
        const bool c1 = c == 0xC2 && next >= 0x80 && next < 0xA0;
        const bool bidi = text.compare(i, 2, "\xE2\x80") == 0 && i + 2 < text.size() &&
                          static_cast<unsigned char>(text[i + 2]) >= 0xAA &&
                          static_cast<unsigned char>(text[i + 2]) <= 0xAE;
        if ((c < 0x20 && c != '\n') || c == 0x7F || c1 || bidi) {
            found += std::to_string(i) + ": " + text.substr(i, 12) + "\n";
        }
    }
    return found;
}

const std::string hostile =
    "\x1b[2J\x1b]0;owned\x07 \x1b]8;;http://x\x1b\\ \xC2\x9B"
    "31m \xE2\x80\xAEgnp.exe <script>alert(1)</script> =cmd()\r\b\x7F";

}  // namespace

TEST_CASE("fault row 87: a manifest that was edited adds what is new and repeats nothing") {
    const ScratchFolder folder;
    folder.file("m.jsonl", line_of("a", "1") + line_of("b", "2") + line_of("c", "3"));
    ReplayServer server([](const Seen&) { return chat_reply(); });
    const auto environment = pointing_at(server.base_url());
    REQUIRE(run(folder.path(), {"run", "m.jsonl"}, environment).exit_code == 0);

    folder.file("m.jsonl", line_of("d", "4") + line_of("c", "3") + line_of("b", "2"));
    const auto edited = run(folder.path(), {"run", "m.jsonl"}, environment);
    CHECK(edited.exit_code == 0);
    CHECK(edited.err.find("1 task added, 2 already known") != std::string::npos);
    CHECK(server.seen().size() == 4);
    CHECK(read_jsonl(folder.path() / "m.run/ledger.jsonl").size() == 4);  // a's line stays

    folder.file("m.jsonl", line_of("d", "4") + line_of("b", "another"));
    const auto changed = run(folder.path(), {"run", "m.jsonl"}, environment);
    CHECK(changed.exit_code == 2);
    CHECK(changed.err.find("m.jsonl:2:") == 0);
    CHECK(changed.err.find("differs from the one loaded from m.jsonl:2 (now succeeded)") !=
          std::string::npos);
    CHECK(run(folder.path(), {"run", "m.jsonl", "--on-change", "skip"}, environment).exit_code ==
          0);
    CHECK(server.seen().size() == 4);
    CHECK(run(folder.path(), {"run", "m.jsonl", "--on-change", "replace"}, environment).exit_code ==
          0);
    CHECK(server.seen().size() == 5);
    CHECK(server.seen().back().body.find("another") != std::string::npos);
}

TEST_CASE("fault row 90: hostile texts of manifest, model and gateway are inert on the screen") {
    const ScratchFolder folder;
    folder.file("m.jsonl", line_of("good " + hostile, hostile) + line_of("bad", hostile + "bad"));
    ReplayServer server([](const Seen& request) {
        if (request.body.find("bad") != std::string::npos) {
            auto refusal = error_reply(400, "", "invalid_request_error");
            refusal.body =
                json{{"error",
                      {{"message", hostile}, {"code", hostile}, {"type", "invalid_request_error"}}}}
                    .dump();
            return refusal;
        }
        const json reply = {{"choices",
                             {{{"index", 0},
                               {"message", {{"role", "assistant"}, {"content", hostile}}},
                               {"finish_reason", "stop"}}}}};
        return Canned{200, {{"Content-Type", "application/json"}}, reply.dump()};
    });
    const auto environment = pointing_at(server.base_url());
    auto inert = [&](std::vector<std::string> arguments) {
        const auto ended = run(folder.path(), std::move(arguments), environment);
        CAPTURE(ended.out);
        CAPTURE(ended.err);
        CHECK(controls_in(ended.out) == "");
        CHECK(controls_in(ended.err) == "");
        return ended;
    };
    inert({"check", "m.jsonl"});
    CHECK(inert({"run", "m.jsonl", "--progress", "plain", "-v"}).exit_code == 1);
    inert({"status", "m.run"});
    inert({"show", "m.run", "good " + hostile});
    inert({"show", "m.run", "bad"});
    inert({"show", "m.run", hostile});
    CHECK(controls_in(read_file(folder.path() / "m.run/.nightshift/log")) == "");
    const auto ledger = read_jsonl(folder.path() / "m.run/ledger.jsonl");
    REQUIRE(ledger.size() == 2);  // the data is as it came
    CHECK((ledger[0]["text"] == hostile || ledger[1]["text"] == hostile));
}

TEST_CASE("fault row 82: names that a disk might take for one another stay apart") {
    const ScratchFolder folder;
    const std::vector<std::string> ids = {"x",
                                          "X",
                                          "x.2",
                                          "../../x",
                                          "/etc/x",
                                          "CON",
                                          "con",
                                          "x/y",
                                          "x\\y",
                                          "\xF0\x9F\x98\x80",
                                          "\u00e9",
                                          "e\u0301",
                                          ".",
                                          "..",
                                          "-rf",
                                          std::string(4096, 'k'),
                                          std::string(255, 'q')};
    std::string lines;
    for (const auto& id : ids) {
        lines += json{{"id", id}, {"model", "gpt-5.4"}, {"prompt", "p"}}.dump() + "\n";
    }
    folder.file("m.jsonl", lines);
    ReplayServer server([](const Seen&) { return chat_reply(); });
    const auto ended =
        run(folder.path(), {"run", "m.jsonl", "--text-files"}, pointing_at(server.base_url()));
    CAPTURE(ended.err);
    CHECK(ended.exit_code == 0);
    std::set<std::string> paths;
    for (const auto& line : read_jsonl(folder.path() / "m.run/ledger.jsonl")) {
        const auto path = line["outputs"][0]["path"].get<std::string>();
        paths.insert(path);
        CHECK(path.size() <= 255);
        CHECK(fs::is_regular_file(folder.path() / "m.run" / path));
    }
    CHECK(paths.size() == ids.size());
    CHECK_FALSE(fs::exists(folder.path() / "x"));
    int beside = 0;
    for (const auto& entry : fs::directory_iterator(folder.path())) {
        if (entry.path().filename().string().front() != '.') ++beside;
    }
    CHECK(beside == 2);  // m.jsonl and m.run
}
