// The cases of docs/pacing.md.

#include "tests/pacing/paced_case.hpp"

#include "base/random.hpp"

#include <fmt/format.h>

#include <cmath>
#include <numbers>
#include <numeric>

namespace nightshift::test {
namespace {

constexpr int task_count = 5000;
constexpr int tokens_per_minute = 400'000;
constexpr double halved_from_s = 120, halved_to_s = 320;

// Around `mean`, as answers are: many short ones, few long ones.
double lognormal(Random& random, double mean, double spread) {
    const double u = std::max(1e-12, random.unit()), v = random.unit();
    const double normal = std::sqrt(-2 * std::log(u)) * std::cos(2 * std::numbers::pi * v);
    return mean * std::exp(spread * normal - spread * spread / 2);
}

std::vector<PacedTask> chats(Random& random, const std::string& model, double work_s,
                             int count = task_count) {
    std::vector<PacedTask> tasks;
    for (int i = 0; i < count; ++i) {
        PacedTask task{.id = fmt::format("{}-{}", model, i),
                       .endpoint = "chat_completions",
                       .model = model,
                       .path = "/v1/chat/completions",
                       .body = {},
                       .estimate = {}};
        task.body = fmt::format(R"({{"model":"{}","messages":[{{"role":"user","content":"{}"}}]}})",
                                model, task.id);
        task.estimate = {.input_tokens = 20, .output_tokens_max = 200};
        task.work_s = lognormal(random, work_s, 0.5);
        tasks.push_back(std::move(task));
    }
    return tasks;
}

double sum_of_work(const PacedCase& each) {
    return std::accumulate(each.tasks.begin(), each.tasks.end(), 0.0, [&](double sum, auto& task) {
        return sum + task.work_s + each.round_trip_s;
    });
}

LimitRule for_all() {
    LimitRule rule;
    rule.match = "*";
    return rule;
}

// One start after the other, evenly spaced; the last answer is the end.
double paced_ideal(const PacedCase& each, double spacing_s) {
    double end_s = 0, start_s = 0;
    for (const auto& task : each.tasks) {
        end_s = std::max(end_s, start_s + task.work_s + each.round_trip_s);
        start_s += spacing_s;
    }
    return end_s;
}

std::string name_of(sandbox::Window window) {
    return window == sandbox::Window::sliding ? "any minute"
           : window == sandbox::Window::fixed ? "each minute"
                                              : "bucket of 1 s";
}

// (a) Requests per minute, counted in the three ways that gateways count.
PacedCase requests_case(Random& random, int per_minute, sandbox::Window window) {
    PacedCase each;
    each.name = fmt::format("(a) {} requests a minute, {}", per_minute, name_of(window));
    each.tasks = chats(random, "gpt-5.4", 0.5);
    sandbox::Limit limit;
    limit.requests_per_minute = per_minute;
    limit.window = window;
    limit.burst_seconds = window == sandbox::Window::bucket ? std::max(1.0, 180.0 / per_minute) : 1;
    limit.reply = "empty";
    each.hidden = {limit};
    each.known = {for_all()};
    each.known.front().requests_per_minute = per_minute;
    each.ideal_s = paced_ideal(each, 60.0 / per_minute);
    each.requests_per_s = per_minute / 60.0;
    return each;
}

// (b) Tokens per minute, with inputs and outputs from tens to thousands.
PacedCase tokens_case(Random& random, sandbox::TokenCount counted) {
    PacedCase each;
    const bool reserved = counted == sandbox::TokenCount::reserved;
    each.name = fmt::format("(b) tokens a minute, mixed lengths, counted as {}",
                            reserved ? "reserved" : "used");
    each.tasks = chats(random, "gpt-5.4", 1);
    double tokens = 0;
    for (auto& task : each.tasks) {
        task.estimate.input_tokens = 20 + std::llround(lognormal(random, 400, 1));
        task.estimate.output_tokens_max = 1024;
        task.output_tokens = 10 + static_cast<int>(std::min(1000.0, lognormal(random, 250, 0.8)));
        tokens += static_cast<double>(task.estimate.input_tokens) +
                  (reserved ? 1024 : task.output_tokens);
    }
    sandbox::Limit limit;
    limit.tokens_per_minute = tokens_per_minute;
    limit.tokens = counted;
    each.hidden = {limit};
    each.known = {for_all()};
    each.known.front().tokens_per_minute = tokens_per_minute;
    each.ideal_s = tokens / tokens_per_minute * 60 + 1 + each.round_trip_s;
    each.requests_per_s = task_count / (tokens / tokens_per_minute * 60);
    return each;
}

// (c) Eight in flight.
PacedCase concurrency_case(Random& random) {
    PacedCase each;
    each.name = "(c) 8 of 64 in flight";
    each.tasks = chats(random, "gpt-5.4", 2);
    sandbox::Limit limit;
    limit.concurrency = 8;
    limit.reply = "empty";
    each.hidden = {limit};
    each.known = {for_all()};
    each.known.front().concurrency = 8;
    each.ideal_s = sum_of_work(each) / 8;
    each.requests_per_s = 8 / 2.04;
    return each;
}

// (d) As (a), halved for a while: the configuration does not know that.
PacedCase halved_case(Random& random, sandbox::Window window) {
    auto each = requests_case(random, 600, window);
    each.name = fmt::format("(d) 600 requests a minute, halved for 200 s, {}", name_of(window));
    each.hidden.front().changes = {
        {.after_seconds = halved_from_s, .factor = 0.5, .every_seconds = {}},
        {.after_seconds = halved_to_s, .factor = 1, .every_seconds = {}}};
    each.ideal_s += (halved_to_s - halved_from_s) / 2;
    return each;
}

// (d) Fewer by day than by night: a run of more than a day meets the change three times.
PacedCase daily_case(Random& random) {
    constexpr double hour_s = 3600, day_s = 24 * hour_s;
    constexpr double from_h = 1, to_h = 13;
    constexpr int per_minute = 4;
    auto each = requests_case(random, per_minute, sandbox::Window::sliding);
    each.name = "(d) 4 requests a minute, halved for 12 hours of each day";
    each.few_a_minute = true;
    each.hidden.front().changes = {
        {.after_seconds = from_h * hour_s, .factor = 0.5, .every_seconds = day_s},
        {.after_seconds = to_h * hour_s, .factor = 1, .every_seconds = day_s}};
    constexpr double first_day = 60 * per_minute * (24 - (to_h - from_h) / 2);
    constexpr double second_night = 60 * per_minute * from_h;
    each.ideal_s =
        day_s + from_h * hour_s + (task_count - first_day - second_night) / (per_minute / 2.0) * 60;
    return each;
}

// (e) No limit but -j, and a gateway with an ill upstream.
PacedCase chance_case(Random& random) {
    PacedCase each;
    each.name = "(e) 10 % refused, 3 % 5xx, 1 % reset, 1 % hung, by chance";
    each.tasks = chats(random, "gpt-5.4", 2);
    each.chances = {.refused = 0.1, .error = 0.03, .reset = 0.01, .hung = 0.01};
    each.timeout_s = 60;
    each.requests_per_s = 64 / 2.0;
    return each;
}

// (j) Refusals by chance and nothing else.
PacedCase refused_case(const Chances& chances, int count) {
    Random random(static_cast<std::uint64_t>(count));
    PacedCase each;
    each.tasks = chats(random, "gpt-5.4", 1, count);
    each.chances = chances;
    each.by_chance_only = true;
    const bool ends = chances.refused_most <= count;
    each.name = fmt::format(
        "(j) {} tasks, {:.0f} % refused by chance{}{}", count, 100 * chances.refused,
        ends ? fmt::format(", {} in all", chances.refused_most) : "",
        chances.retry_after_s > 0 ? fmt::format(", Retry-After: {}", chances.retry_after_s) : "");
    each.requests_per_s = 64;
    return each;
}

std::vector<PacedCase> refused_cases() {
    std::vector<PacedCase> cases;
    for (const int count : {300, task_count}) {
        for (const double retry_after_s : {0.0, 1.0}) {
            for (const double refused : {0.02, 0.1, 0.3}) {
                cases.push_back(
                    refused_case({.refused = refused, .retry_after_s = retry_after_s}, count));
            }
            cases.push_back(refused_case(
                {.refused = 0.3, .refused_most = 30, .retry_after_s = retry_after_s}, count));
        }
    }
    return cases;
}

// (e) A gateway that is ill for a while: to send all at once again what it fails would make it
// worse, and what waits costs nothing as long as there is other work.
PacedCase ill_case(Random& random) {
    PacedCase each;
    each.name = "(e) 30 % 5xx from the 10th to the 40th second";
    each.tasks = chats(random, "gpt-5.4", 2);
    each.chances = {.error = 0.3, .from_s = 10, .to_s = 40};
    each.requests_per_s = 64 / 2.0;
    return each;
}

// (f) Two lanes, one limit.
PacedCase shared_case(Random& random) {
    auto each = requests_case(random, 600, sandbox::Window::sliding);
    each.name = "(f) two lanes that share 600 requests a minute";
    each.tasks = chats(random, "gpt-5.4", 0.5, task_count / 2);
    auto others = chats(random, "GLM-5.2", 2, task_count / 2);
    each.tasks.insert(each.tasks.end(), others.begin(), others.end());
    each.ideal_s = paced_ideal(each, 0.1);
    return each;
}

// (i) Nothing is refused, but beyond `bears` in flight each answer takes as much longer as there
// are more of them.
PacedCase saturated_case(Random& random, int bears) {
    PacedCase each;
    each.name = fmt::format("(i) slower and slower above {} in flight", bears);
    each.tasks = chats(random, "gpt-5.4", 2);
    sandbox::Limit limit;
    limit.slow_above = bears;
    limit.slow_factor = 1;
    each.hidden = {limit};
    each.known = {for_all()};
    each.known.front().concurrency = bears;
    each.bears = bears;
    each.ideal_s = (sum_of_work(each) - task_count * each.round_trip_s) / bears;
    each.requests_per_s = bears / 2.0;
    return each;
}

// (g) Videos of 3 to 10 minutes.
PacedCase videos_case(Random& random, int remote_tasks) {
    PacedCase each;
    each.name = fmt::format("(g) 10,000 videos of 3-10 minutes, {} at once", remote_tasks);
    for (int i = 0; i < 10'000; ++i) {
        PacedTask task{.id = fmt::format("v{}", i),
                       .endpoint = "videos",
                       .model = "happyhorse-1.0-t2v",
                       .path = "/v1/videos",
                       .body = {},
                       .estimate = {}};
        task.body = fmt::format(R"({{"model":"{}","input":{{"prompt":"{}"}}}})", task.model, i);
        task.work_s = random.between(180, 600);
        each.tasks.push_back(std::move(task));
    }
    sandbox::Limit limit;
    limit.requests_per_minute = 3000;
    limit.remote_tasks = remote_tasks;
    each.hidden = {limit};
    each.known = {for_all()};
    each.known.front().requests_per_minute = 3000;
    each.known.front().remote_tasks = remote_tasks;
    each.always_known = true;
    each.places_are_scarce = remote_tasks < 10'000;
    each.chances.cut = 0.02;
    each.requests_per_s = 50;
    each.semaphore = remote_tasks;
    return each;
}

}  // namespace

std::vector<PacedCase> paced_cases(std::uint64_t seed) {
    Random random(seed);
    using sandbox::Window;
    std::vector<PacedCase> cases;
    for (const int per_minute : {60, 600, 6000}) {
        for (const auto window : {Window::sliding, Window::fixed, Window::bucket}) {
            cases.push_back(requests_case(random, per_minute, window));
        }
    }
    cases.push_back(tokens_case(random, sandbox::TokenCount::used));
    cases.push_back(tokens_case(random, sandbox::TokenCount::reserved));
    cases.push_back(concurrency_case(random));
    for (const auto window : {Window::sliding, Window::bucket}) {
        cases.push_back(halved_case(random, window));
    }
    auto of_its_own = Random(seed);  // what comes after it is drawn as without it
    cases.push_back(daily_case(of_its_own));
    cases.push_back(chance_case(random));
    cases.push_back(ill_case(of_its_own));
    cases.push_back(shared_case(random));
    cases.push_back(videos_case(random, 10'000));
    cases.push_back(videos_case(random, 1'000));
    for (const int bears : {8, 24}) cases.push_back(saturated_case(random, bears));
    for (auto& each : refused_cases()) cases.push_back(std::move(each));
    return cases;
}

}  // namespace nightshift::test
