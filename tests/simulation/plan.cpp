#include "tests/simulation/plan.hpp"

#include <fmt/format.h>

#include <array>
#include <cmath>

namespace nightshift::test {
namespace {

struct Kind {
    const char *endpoint, *model, *path, *body;
};

constexpr std::array kinds = {
    Kind{"chat_completions", "gpt-5.4", "/v1/chat/completions",
         R"({{"model":"gpt-5.4","messages":[{{"role":"user","content":"{}"}}]}})"},
    Kind{"messages", "claude-sonnet-4-6", "/v1/messages",
         R"({{"model":"claude-sonnet-4-6","max_tokens":9,"messages":[{{"content":"{}"}}]}})"},
    Kind{"generate_content", "gemini-3-flash", "/v1beta/models/gemini-3-flash:generateContent",
         R"({{"contents":[{{"parts":[{{"text":"{}"}}]}}]}})"},
    Kind{"image_generations", "gpt-image-2", "/v1/images/generations",
         R"({{"model":"gpt-image-2","prompt":"{}"}})"},
    Kind{"audio_speech", "qwen3-tts-flash", "/v1/audio/speech",
         R"({{"model":"qwen3-tts-flash","input":"{}","voice":"Cherry"}})"},
    Kind{"videos", "happyhorse-1.0-t2v", "/v1/videos",
         R"({{"model":"happyhorse-1.0-t2v","input":{{"prompt":"{}"}}}})"},
    Kind{"video_generations", "doubao-seedance-2-0-260128", "/v1/video/generations",
         R"({{"model":"doubao-seedance-2-0-260128","prompt":"{}"}})"},
};

class Drawer {
public:
    explicit Drawer(std::uint64_t seed) : random_(seed) {}
    bool chance(double probability) { return random_.unit() < probability; }
    // Mostly 0; otherwise up to `most`, small values more often.
    double mood(double most) {
        if (!chance(0.35)) return 0;
        return most * random_.unit() * random_.unit();
    }
    std::uint64_t between(std::uint64_t low, std::uint64_t high) {
        return low + random_.bits() % (high - low + 1);
    }
    // Every order of magnitude as often as any other.
    std::uint64_t any_scale(double low, double high) {
        return static_cast<std::uint64_t>(low * std::pow(high / low, random_.unit()));
    }

private:
    Random random_;
};

GatewayMoods draw_gateway(Drawer& draw) {
    GatewayMoods moods;
    moods.refused = draw.mood(0.3);
    moods.empty = draw.mood(0.2);
    moods.as_link = draw.chance(0.5) ? 0.5 : 0;
    moods.large = draw.chance(0.5) ? 0.3 : 0;
    moods.task_fails = draw.mood(0.3);
    moods.task_lost = draw.mood(0.2);
    moods.flapping = draw.mood(0.05);
    moods.poll_trouble = draw.mood(0.5);
    moods.link_dies = draw.mood(0.3);
    moods.link_lifetime_s = draw.chance(0.2) ? static_cast<double>(draw.between(5, 600)) : 0;
    moods.crowded = draw.mood(0.4);
    moods.short_of_money = draw.chance(0.1);
    moods.requests_per_minute = draw.chance(0.3) ? static_cast<int>(draw.between(3, 60)) : 0;
    return moods;
}

NetworkMoods draw_network(Drawer& draw) {
    NetworkMoods moods;
    moods.reset_before = draw.mood(0.15);
    moods.reset_after = draw.mood(0.15);
    moods.stall = draw.mood(0.1);
    moods.cut = draw.mood(0.3);
    moods.proxy_page = draw.mood(0.1);
    moods.outage = draw.mood(0.4);
    moods.latency_s = static_cast<double>(draw.any_scale(1, 40));
    return moods;
}

Disturbance draw_disturbance(Drawer& draw) {
    Disturbance each;
    switch (draw.between(0, 5)) {
        case 0:
        case 1:
            each.kill_at_step = draw.any_scale(1, 8000);
            break;
        case 2:
            each.stop_after_changes = draw.any_scale(1, 2500);
            break;
        case 3:
            each.stop_after_changes = draw.any_scale(1, 2500);
            each.power_cut = true;
            break;
        case 4:
            each.fail_after_changes = draw.any_scale(1, 2500);
            break;
        default:
            each.room_bytes = draw.any_scale(1000, 1'000'000);
            each.room_at_step = draw.chance(0.5) ? draw.any_scale(100, 8000) : 0;
            break;
    }
    if (draw.chance(0.2)) {
        each.jump_at_step = draw.any_scale(1, 4000);
        each.wall_jump_ms = draw.chance(0.5) ? 24 * 3600 * 1000LL : -2 * 3600 * 1000LL;
    }
    return each;
}

}  // namespace

Plan plan_of(std::uint64_t seed) {
    Drawer draw(seed * 0x9e3779b97f4a7c15ull + 1);
    Plan plan;
    const auto count = draw.between(4, 40);
    for (std::uint64_t i = 0; i < count; ++i) {
        const auto& kind = kinds[draw.between(0, kinds.size() - 1)];
        plan.tasks.push_back(
            {.id = fmt::format("t{}", i),
             .endpoint = kind.endpoint,
             .model = kind.model,
             .path = kind.path,
             .body = fmt::format(fmt::runtime(kind.body), fmt::format("task {} of {}", i, seed))});
    }
    plan.gateway = draw_gateway(draw);
    plan.network = draw_network(draw);
    plan.options.concurrency = static_cast<int>(draw.any_scale(1, 64));
    if (plan.gateway.requests_per_minute > 0) {
        LimitRule rule;
        rule.match = "*";
        rule.requests_per_minute = plan.gateway.requests_per_minute;
        plan.options.limits.push_back(rule);
    }
    const auto lives = draw.between(0, 8);
    for (std::uint64_t i = 0; i < lives; ++i) plan.disturbances.push_back(draw_disturbance(draw));
    return plan;
}

// Moods that a failure of this kind needs. What used up its attempts had to meet trouble at all.
std::string Plan::reason_against(const Row& row, const std::string& error_kind) const {
    if (row.state == State::succeeded) return {};
    const bool shaky = network.reset_before + network.reset_after + network.stall + network.cut +
                           network.proxy_page >
                       0;
    const bool interrupted = !disturbances.empty();
    const auto refuse = [&] {
        return fmt::format("ended {} ({}) though nothing in this night explains it",
                           name_of(row.state), error_kind);
    };
    if (row.state == State::held) return shaky || interrupted ? "" : refuse();
    if (row.state != State::failed) return refuse();
    if (error_kind == "task_failed") return gateway.task_fails > 0 ? "" : refuse();
    if (error_kind == "task_lost") {
        return gateway.task_lost + gateway.flapping > 0 ? "" : refuse();
    }
    if (error_kind == "no_output") return gateway.empty > 0 ? "" : refuse();
    if (error_kind == "result_expired") {
        return gateway.link_dies + gateway.link_lifetime_s > 0 ? "" : refuse();
    }
    if (error_kind == "server_error") {
        return gateway.refused + network.proxy_page > 0 ? "" : refuse();
    }
    const bool below_http = error_kind == "network" || error_kind == "timeout";
    if (below_http || error_kind == "bad_reply") return shaky || interrupted ? "" : refuse();
    return refuse();
}

}  // namespace nightshift::test
