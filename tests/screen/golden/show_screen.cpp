// Shows one scene of a made-up night on the terminal it runs in, for the comparison of screens.
// Usage: show_screen SCENE COLOR. Time is virtual; a byte on stdin goes on to the next picture, the
// end of stdin ends it.

#include "screen/screen.hpp"

#include <cstdio>
#include <string>
#include <vector>

using namespace nightshift;

namespace {

LaneStatus lane(const char* endpoint, const char* model, std::int64_t total) {
    LaneStatus made;
    made.endpoint = endpoint;
    made.model = model;
    made.total = total;
    return made;
}

// Halfway: what runs, what is limited, what renders, what is done.
RunStatus busy_night() {
    RunStatus status;
    status.lanes = {lane("messages", "claude-sonnet-4-6", 5000),
                    lane("chat_completions", "gpt-5.4", 4000),
                    lane("chat_completions", "DeepSeek-V3.2", 1000),
                    lane("image_generations", "gpt-image-2", 2000),
                    lane("videos", "happyhorse-1.0-t2v", 400),
                    lane("audio_speech", "qwen3-tts-flash", 80)};
    const std::vector<std::int64_t> succeeded = {3912, 2500, 400, 801, 57, 80};
    const std::vector<std::int64_t> running = {38, 22, 0, 8, 2, 0};
    const std::vector<std::int64_t> allowed = {64, 32, 4, 8, 20, 16};
    for (std::size_t i = 0; i < succeeded.size(); ++i) {
        status.lanes[i].succeeded = succeeded[i];
        status.lanes[i].running = running[i];
        status.lanes[i].allowed = allowed[i];
        status.lanes[i].share = status.lanes[i].model;
    }
    status.lanes[0].failed = 3;
    status.lanes[4].held = 1;
    status.lanes[4].submitted = 18;
    status.lanes[2].waiting = "rate-limited; next request in 12 s";
    status.posts = 7800;
    status.retries = 71;
    status.maybe_billed = 1;
    status.flagged = 2;
    status.cost = 411.0;
    status.maybe_cost = 1.2;
    status.budget = 2000;
    status.disk_left_bytes = 401ull << 30;
    status.in_flight = 90;
    status.concurrency = 128;
    return status;
}

void end_tasks(screen::Screen& screen, const char* endpoint, int count, double latency_s) {
    for (int i = 0; i < count; ++i) {
        TaskEvent event;
        event.id = "t-" + std::to_string(i);
        event.endpoint = endpoint;
        event.model = "m";
        event.latency_s = i % 10 == 9 ? latency_s * 4 : latency_s;
        screen.on_task(event);
    }
}

void first_picture(screen::Screen& screen) {
    screen.refresh(busy_night(), 4200);
    end_tasks(screen, "messages", 1200, 1.9);
    end_tasks(screen, "chat_completions", 600, 2.3);
    end_tasks(screen, "image_generations", 30, 11);
    end_tasks(screen, "videos", 6, 221);
    end_tasks(screen, "audio_speech", 80, 0.8);
    TaskEvent bad;
    bad.id = "夜班-四百";
    bad.endpoint = "messages";
    bad.model = "claude-sonnet-4-6";
    bad.state = State::failed;
    bad.kind = "invalid_request";
    bad.message = "HTTP 400: InvalidParameter \"size\" \x1b[2J";
    screen.on_task(bad);
    screen.refresh(busy_night(), 4260);
}

void later_picture(screen::Screen& screen) {
    auto status = busy_night();
    status.lanes[1].succeeded += 37;
    status.lanes[2].waiting.clear();
    status.notice = "gateway unreachable since 03:10; waiting";
    screen.on_notice("connect to api.example.com: refused; trying again");
    screen.refresh(status, 4264);
}

}  // namespace

int main(int argc, char** argv) {
    const std::string scene = argc > 1 ? argv[1] : "busy";
    screen::ScreenOptions options;
    options.progress = "tty";
    options.color = argc > 2 ? argv[2] : "never";
    options.title = scene == "cjk" ? "夜班清单.jsonl -> 输出" : "night.jsonl -> night.run";
    const auto screen = screen::make_screen(options);
    std::puts("$ nightshift run night.jsonl");
    std::fflush(stdout);
    first_picture(*screen);
    if (scene == "later") later_picture(*screen);
    if (std::getchar() == EOF) return 0;
    // The same facts on a terminal that has another size by now.
    scene == "later" ? later_picture(*screen) : screen->refresh(busy_night(), 4260);
    while (std::getchar() != EOF) {
    }
    return 0;
}
