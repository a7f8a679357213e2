#include "screen/live_block.hpp"

#include "screen/layout.hpp"
#include "screen/plain.hpp"
#include "screen/width.hpp"

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include <algorithm>

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

TEST_CASE("the block is at most ten lines and never wider or higher than the terminal") {
    Watcher watcher;
    TaskEvent event;
    event.id = "最后一个任务的名字很长很长";
    watcher.on_task(event);
    const auto view = watcher.view(busy_night(), 3600);
    for (const std::size_t columns : {1u, 10u, 40u, 60u, 72u, 80u, 200u}) {
        for (const std::size_t rows : {1u, 4u, 5u, 10u, 24u, 60u}) {
            const auto lines = block_lines(view, "夜班.jsonl -> out", {columns, rows});
            CAPTURE(columns);
            CAPTURE(rows);
            CHECK(lines.size() <= std::min<std::size_t>(10, std::max<std::size_t>(rows - 1, 1)));
            for (const auto& line : lines) {
                CHECK(display_width(line.text) < std::max<std::size_t>(columns, 2));
            }
        }
    }
}

TEST_CASE("a terminal of less than 60 columns or 5 rows gets one line") {
    const auto view = Watcher().view(busy_night(), 3600);
    CHECK(block_lines(view, "t", {59, 24}).size() == 1);
    CHECK(block_lines(view, "t", {200, 4}).size() == 1);
    CHECK(block_lines(view, "t", {60, 24}).size() == 10);
    CHECK(block_lines(view, "t", {60, 5}).size() == 4);
}

TEST_CASE("where there is no room for all groups, those that are done go first") {
    auto status = busy_night();
    status.lanes[0].succeeded = 990;
    const auto lines = block_lines(Watcher().view(status, 1), "t", {80, 7});
    REQUIRE(lines.size() == 6);
    CHECK(lines[1].text.find("chat_completions") == 1);
}

TEST_CASE("a lane that waits says why") {
    const auto lines = block_lines(Watcher().view(busy_night(), 1), "t", {80, 24});
    CHECK(lines[2].text.find("429: waiting 12 s") != std::string::npos);
    CHECK(lines[2].tone == Tone::warning);
    CHECK(lines[9].text == " the gateway cannot be reached: waiting");
}

TEST_CASE("of a group with several models, the one that waits is named") {
    auto status = busy_night();
    status.lanes[0].endpoint = status.lanes[1].endpoint;
    status.lanes[1].model = "gpt-5.4";
    const auto view = Watcher().view(status, 1);
    CHECK(view.groups.size() == 6);
    CHECK(view.groups[0].sum.waiting == "gpt-5.4: 429: waiting 12 s");
    CHECK(view.groups[0].sum.total == 2000);
}

TEST_CASE("a group shows the places that are taken, of those that its lanes may have together") {
    auto status = busy_night();
    status.concurrency = 64;
    auto& first = status.lanes[0];
    auto& second = status.lanes[1];
    second.waiting.clear();
    second.endpoint = first.endpoint;
    first.allowed = second.allowed = 20;
    first.share = second.share = "claude-*";
    auto says = [&status](std::size_t line, const std::string& what) {
        const auto text = block_lines(Watcher().view(status, 1), "t", {200, 24})[line].text;
        CAPTURE(text);
        CHECK(text.find("  " + what + "  ") != std::string::npos);
    };
    says(1, "16/20 busy");
    second.share = "another";
    says(1, "16/40 busy");
    first.allowed = 100'000;
    says(1, "16/64 busy");
    auto& videos = status.lanes[4];
    videos.allowed = 20;
    videos.submitted = 11;
    says(4, "8 sending, 11/20 rendering");
    videos.allowed = 5;
    says(4, "8 sending, 11/11 rendering");
}

TEST_CASE("what is flagged or maybe billed is counted where there is any of it") {
    auto status = busy_night();
    auto totals = [&status] {
        return block_lines(Watcher().view(status, 1), "t", {120, 24})[8].text;
    };
    CHECK(totals().find("flagged") == std::string::npos);
    CHECK(totals().find("billed") == std::string::npos);
    CHECK(status_line(status).find("flagged") == std::string::npos);
    status.flagged = 2;
    status.maybe_billed = 1;
    CHECK(status_line(status).find(" flagged=2 maybe_billed=1 ") != std::string::npos);
    CHECK(totals().find("held 0  flagged 2  this run: 1 maybe billed") != std::string::npos);
}

TEST_CASE("characters of two columns count twice, and are not cut in half") {
    CHECK(display_width("夜班") == 4);
    CHECK(cut_to_width("夜班夜班夜班", 8) == "夜班...");
    CHECK(cut_to_width("abc", 3) == "abc");
    CHECK(cut_in_middle("gpt-5.4: refused: waiting 12 s", 20) == "gpt-5.4: ...ing 12 s");
    CHECK(cut_in_middle("夜班夜班夜班夜班", 12) == "夜班...夜班");
    CHECK(padded("夜", 4) + "|" == "夜  |");
}

TEST_CASE("fault row 90: the plain line carries no control characters, whatever the gateway said") {
    auto status = busy_night();
    status.notice = "bad \x1b[2J news\n";
    for (const char c : status_line(status)) CHECK(static_cast<unsigned char>(c) >= 0x20);
}
