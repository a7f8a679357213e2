#include "screen/screen.hpp"

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

using namespace nightshift;
using namespace nightshift::screen;

namespace {

TroubleGroup trouble(State state, const char* kind, const char* id, std::int64_t count) {
    TroubleGroup made;
    made.state = state;
    made.error_kind = kind;
    made.endpoint = "videos";
    made.model = "happyhorse-1.0-i2v";
    made.id = id;
    made.count = count;
    made.ledger_line =
        R"({"error":{"code":"E1","message":"post /v1/videos: HTTP 400: no \u001b"}})";
    return made;
}

Summary troubled_night() {
    Summary summary;
    summary.counts = {{State::succeeded, 12341}, {State::failed, 19}, {State::held, 5}};
    summary.seconds = 11520;
    summary.dir = "my night.run";
    summary.resume = "nightshift run -o 'my night.run'";
    summary.troubles = {trouble(State::failed, "invalid_request", "v 1", 12),
                        trouble(State::failed, "timeout", "v-2", 7),
                        trouble(State::held, "ambiguous_submit", "v-3", 5)};
    summary.flags = {{"partial", 1}, {"truncated", 2}};
    summary.learned = {"messages claude-* 118/min, 8 at once"};
    summary.files = 1234;
    return summary;
}

}  // namespace

TEST_CASE("the summary is one JSON object with every state") {
    Summary summary;
    summary.counts[State::succeeded] = 3;
    summary.counts[State::held] = 1;
    summary.dir = "d";
    const auto json = nlohmann::json::parse(summary_json(summary));
    CHECK(json["counts"]["succeeded"] == 3);
    CHECK(json["counts"]["pending"] == 0);
    CHECK(json["type"] == "summary");
    CHECK(summary_text(summary).find("retry d --held") != std::string::npos);
}

TEST_CASE("the summary shows each trouble with an example and the command that deals with it") {
    CHECK(summary_text(troubled_night()) ==
          "Done in 3h12m: 12,341 succeeded, 19 failed, 5 held; flagged: 1 partial, 2 truncated\n"
          "  failed   12 invalid_request (E1) of happyhorse-1.0-i2v, such as v 1: post /v1/videos: "
          "HTTP 400: no \\x1b\n"
          "           nightshift show 'my night.run' 'v 1'  # fix its line, then run the manifest "
          "with --on-change replace\n"
          "  failed   7 timeout (E1) of happyhorse-1.0-i2v, such as v-2: post /v1/videos: HTTP "
          "400: no \\x1b\n"
          "           nightshift retry 'my night.run' --kind timeout --model happyhorse-1.0-i2v\n"
          "  held     5 ambiguous_submit (E1) of happyhorse-1.0-i2v, such as v-3: post "
          "/v1/videos: HTTP 400: no \\x1b\n"
          "           nightshift retry 'my night.run' --held --model happyhorse-1.0-i2v  # may be "
          "paid twice\n"
          "  results  my night.run/ledger.jsonl, my night.run/outputs/ (1,234 files)\n"
          "  limits   messages claude-* 118/min, 8 at once; kept for the next run\n"
          "  log      my night.run/.nightshift/log\n"
          "  next     nightshift retry 'my night.run' --failed\n"
          "  next     nightshift retry 'my night.run' --held  # may be paid twice\n");
}

TEST_CASE("the command that continues says what has to be done before") {
    Summary summary;
    summary.counts[State::pending] = 2;
    summary.resume = "nightshift run -o d";
    CHECK(summary_text(summary).find("  next     nightshift run -o d  # continues\n") !=
          std::string::npos);
    summary.resume_when = "with another key";
    CHECK(summary_text(summary).find("run -o d  # continues with another key\n") !=
          std::string::npos);
}

TEST_CASE("more than five troubles are counted, and where to see them is said") {
    auto summary = troubled_night();
    for (int i = 0; i < 4; ++i) {
        summary.troubles.push_back(trouble(State::failed, "network", "n", 2));
    }
    const auto text = summary_text(summary);
    CHECK(text.find("4 more of 2 other kinds: nightshift status 'my night.run' --by kind") !=
          std::string::npos);
}

TEST_CASE("the summary's JSON has the troubles whole, flags, limits and files") {
    const auto json = nlohmann::json::parse(summary_json(troubled_night()));
    REQUIRE(json["troubles"].size() == 3);
    CHECK(json["troubles"][1] ==
          nlohmann::json::parse(
              R"({"state":"failed","kind":"timeout","endpoint":"videos",)"
              R"("model":"happyhorse-1.0-i2v","count":7,"id":"v-2",)"
              R"("message":"post /v1/videos: HTTP 400: no \\x1b",)"
              R"("command":"nightshift retry 'my night.run' --kind timeout --model )"
              R"(happyhorse-1.0-i2v"})"));
    CHECK(json["flags"]["truncated"] == 2);
    CHECK(json["files"] == 1234);
    CHECK(json["learned_limits"].size() == 1);
}
