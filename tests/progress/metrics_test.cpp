#include "progress/metrics.hpp"

#include <doctest/doctest.h>

using namespace nightshift;
using namespace nightshift::screen;

namespace {

bool holds(const std::string& text, const std::string& part) {
    return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("labels are escaped, waiting time adds up, videos have a histogram of their own") {
    RunStatus status;
    LaneStatus lane;
    lane.endpoint = "videos";
    lane.model = "a\"b\\c\nd";
    lane.total = 10;
    lane.running = 2;
    lane.submitted = 3;
    lane.waiting = "refused for the rate: waiting 3 s";
    status.lanes = {lane};
    Metrics metrics;
    metrics.look(status, 0);
    metrics.look(status, 4);
    status.lanes[0].waiting.clear();
    metrics.look(status, 9);
    TaskEvent event;
    event.endpoint = "videos";
    event.latency_s = 100;
    metrics.on_task(event);
    event.state = State::pending;
    event.kind = "timeout";
    metrics.on_task(event);
    event.tried = false;
    metrics.on_task(event);

    const auto text = metrics.text();
    CHECK(holds(text, R"(model="a\"b\\c\nd",state="pending"} 5)"));
    CHECK(holds(text, "nightshift_rate_wait_seconds_total{endpoint=\"videos\"} 4\n"));
    CHECK(holds(text, "nightshift_video_wait_seconds_bucket{endpoint=\"videos\",le=\"60\"} 0\n"));
    CHECK(holds(text, "nightshift_video_wait_seconds_bucket{endpoint=\"videos\",le=\"120\"} 1\n"));
    CHECK(holds(text, "nightshift_video_wait_seconds_sum{endpoint=\"videos\"} 100\n"));
    CHECK(holds(text, "outcome=\"timeout\"} 1\n"));
    CHECK(!holds(text, "nightshift_request_duration_seconds_count"));
}

TEST_CASE("what a lane may try again, what was kept and how long commits took are told") {
    RunStatus status;
    LaneStatus lane;
    lane.endpoint = "image_generations";
    lane.model = "gpt-image-2";
    lane.retry_tokens = 98.6;
    lane.output_bytes = 123'456'789'012;
    status.lanes = {lane};
    status.commits = 8;
    status.commits_s = 0.25;
    Metrics metrics;
    metrics.look(status, 0);

    const auto text = metrics.text();
    const std::string of_lane = R"({endpoint="image_generations",model="gpt-image-2"} )";
    CHECK(holds(text, "\nnightshift_retry_tokens" + of_lane + "98\n"));
    CHECK(holds(text, "\nnightshift_output_bytes_total" + of_lane + "123456789012\n"));
    CHECK(holds(text,
                "# TYPE nightshift_commit_duration_seconds summary\n"
                "nightshift_commit_duration_seconds_sum 0.25\n"
                "nightshift_commit_duration_seconds_count 8\n"));
}
