// Connections that end without a reply, met by the real program and held against the books of the
// stand-in gateway: nothing is executed oftener than the ledger says.

#include "tests/fakes/program.hpp"
#include "tests/oracle/oracle.hpp"

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include <map>

using namespace nightshift::test;
using nlohmann::json;

namespace {

struct Told {
    int exit_code = -1;
    std::map<std::string, json> ledger;
    std::map<std::string, int> billed;  // by model
    std::vector<std::string> violations;
};

// Texts, an image, speech and a video one after the other; `connection` ends the reply to the
// second text, and to the first of each of the others: by then all share a connection.
Told tell(const std::string& connection) {
    const ScratchFolder folder;
    folder.file("m.jsonl", R"({"id":"a","model":"gpt-5.4","prompt":"a"})"
                           "\n"
                           R"({"id":"b","model":"claude-sonnet-4-6","prompt":"b"})"
                           "\n"
                           R"({"id":"s","model":"qwen3-tts-flash","input":"s","voice":"Cherry"})"
                           "\n"
                           R"({"id":"i","model":"gpt-image-2","prompt":"i"})"
                           "\n"
                           R"({"id":"v","model":"happyhorse-1.0-t2v","prompt":"v"})"
                           "\n");
    json rule = {{"endpoint", {"messages", "audio_speech", "image_generations", "videos"}},
                 {"count", "each"},
                 {"calls", 1},
                 {"connection", connection}};
    folder.file("f.json", json{{"rule", json::array({rule})}}.dump());
    Told told;
    told.exit_code =
        run(folder.path(), {"run", "m.jsonl", "--sandbox", "--sandbox-faults", "f.json", "-j", "1",
                            "--retry-base", "0.05", "--resend", "image_generations=none"})
            .exit_code;
    for (const auto& line : read_jsonl(folder.path() / "m.sandbox.run/ledger.jsonl")) {
        told.ledger[line["id"]] = line;
    }
    const auto books = folder.path() / "m.sandbox.run/.nightshift/sandbox/books.jsonl";
    told.violations = violations(remains_of((folder.path() / "m.sandbox.run").string(),
                                            read_file(books), "sk-sandbox-none"));
    for (const auto& line : read_jsonl(books)) {
        if (line["billed"]) ++told.billed[line["model"]];
    }
    return told;
}

void check_told(const std::string& connection) {
    CAPTURE(connection);
    const auto told = tell(connection);

    CHECK(told.exit_code == 3);
    CHECK(told.violations == std::vector<std::string>());
    REQUIRE(told.ledger.size() == 5);
    for (const auto& [id, line] : told.ledger) {
        CAPTURE(line.dump());
        const int billed = told.billed.at(line["model"]);
        const bool met = id != "a";
        const bool again = id == "b" || id == "s";
        CHECK(line["state"] == (met && !again ? "held" : "succeeded"));
        CHECK(line["maybe_billed"] == (met ? 1 : 0));
        CHECK(line["attempts"] == (again ? 2 : 1));
        CHECK(billed == line["attempts"]);
    }
}

}  // namespace

TEST_CASE("fault row 17: who closes after the request is paid as often as the ledger says") {
    check_told("close_after_body");
}

TEST_CASE("fault row 18: who resets after the request is paid as often as the ledger says") {
    check_told("reset_after_body");
}

TEST_CASE("fault row 18: a fragment of a status line is paid as often as the ledger says") {
    check_told("partial_status");
}

TEST_CASE("fault row 43: a reply that is cut is paid as often as the ledger says") {
    check_told("close_mid_reply");
}
