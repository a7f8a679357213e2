#include "screen/block.hpp"

#include "screen/plain.hpp"

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

using namespace nightshift;
using namespace nightshift::screen;

namespace {

RunStatus busy_night() {
    RunStatus status;
    for (const auto* endpoint :
         {"messages", "chat_completions", "generate_content", "image_generations", "videos",
          "video_generations", "audio_speech"}) {
        LaneStatus lane;
        lane.endpoint = endpoint;
        lane.model = "m";
        lane.total = 1000;
        lane.succeeded = 400;
        lane.failed = 10;
        lane.running = 8;
        status.lanes.push_back(lane);
    }
    status.lanes[1].waiting = "429: waiting 12 s";
    status.notice = "the gateway cannot be reached: waiting";
    return status;
}

}  // namespace

TEST_CASE("the block is at most ten lines and never wider than the terminal") {
    for (const std::size_t columns : {10u, 40u, 80u, 200u}) {
        const auto lines = block_lines(busy_night(), 3600, "最后一个任务的名字很长很长", columns);
        CHECK(lines.size() <= 10);
        for (const auto& line : lines) CHECK(display_width(line) < columns);
    }
}

TEST_CASE("a lane that waits says why") {
    const auto lines = block_lines(busy_night(), 1, "", 120);
    CHECK(lines[1].find("429: waiting 12 s") != std::string::npos);
}

TEST_CASE("characters of two columns count twice, and are not cut in half") {
    CHECK(display_width("夜班") == 4);
    CHECK(cut_to_width("夜班夜班夜班", 8) == "夜班...");
    CHECK(cut_to_width("abc", 3) == "abc");
}

TEST_CASE("fault row 90: the plain line carries no control characters, whatever the gateway said") {
    auto status = busy_night();
    status.notice = "bad \x1b[2J news\n";
    for (const char c : status_line(status)) CHECK(static_cast<unsigned char>(c) >= 0x20);
}

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
