// POST /v1/videos and POST /v1/video/generations: one new task (wire contract 8.1 to 8.3, 8.8).
#include "sandbox/endpoints/endpoints.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>

namespace nightshift::sandbox {
namespace {

// "16:9" as a number; 16:9 for anything else.
double ratio_of(const std::string& text) {
    int width = 16;
    int height = 9;
    const auto colon = text.find(':');
    if (colon != std::string::npos) {
        std::from_chars(text.data(), text.data() + colon, width);
        std::from_chars(text.data() + colon + 1, text.data() + text.size(), height);
    }
    return static_cast<double>(std::max(1, width)) / std::max(1, height);
}

// The short side is what the resolution names; both sides are even.
void set_size(Task& task, const std::string& resolution, const std::string& ratio_text) {
    const int shorter = resolution.starts_with("1080")  ? 1080
                        : resolution.starts_with("480") ? 480
                                                        : 720;
    const double ratio = ratio_of(ratio_text);
    const auto even = [](double size) { return 2 * static_cast<int>(std::lround(size / 2)); };
    task.width = ratio >= 1 ? even(shorter * ratio) : shorter;
    task.height = ratio >= 1 ? shorter : even(shorter / ratio);
}

Task task_of(World& world, const Call& call, const Fault& fault) {
    const bool seedance = world.catalog().kind_of(call.model) == ModelKind::seedance;
    const Json& parameters = seedance ? call.json : value_at(call.json, "parameters");
    const Json& length = call.model.ends_with("-video-edit") ? call.json : parameters;
    const std::string resolution = text_at(parameters, "resolution");
    Dice dice(mix(call.roll, "task"));
    Task task;
    task.id = "task_" + dice.alnum(32);
    task.model = call.model;
    task.user = call.caller.user;
    task.number = world.tasks().count() + 1;
    task.roll = call.roll;
    task.created_ms = now_ms();
    set_size(task, resolution.empty() && !seedance ? "1080P" : resolution,
             text_at(parameters, "ratio"));
    task.seconds = static_cast<int>(number_at(length, "duration", 5));
    task.audio = value_at(call.json, "generate_audio") == true ||
                 value_at(parameters, "audio_setting").is_string();
    if (fault.task) task.script = std::make_unique<TaskScript>(*fault.task);
    double seconds = world.options().video_seconds * dice.between(0.7, 1.3);
    if (fault.task && fault.task->render_seconds) seconds = *fault.task->render_seconds;
    task.render_ms = static_cast<std::int64_t>(seconds * 1000 / world.options().speed);
    return task;
}

Json submit_body(const Task& task, const Call& call, const std::string& form) {
    if (form == "task_id_only") return Json{{"task_id", task.id}};
    if (form == "no_id") return Json{{"object", "video"}, {"status", "queued"}};
    const std::int64_t created = task.created_ms / 1000;
    if (form == "new_api") {
        return Json{{"id", task.id},        {"task_id", task.id}, {"object", "video"},
                    {"model", task.model},  {"status", "queued"}, {"progress", 0},
                    {"created_at", created}};
    }
    if (call.route.endpoint == Endpoint::video_generations) {
        return Json{{"id", task.id}, {"task_id", task.id}, {"status", "queued"}};
    }
    return Json{{"id", task.id},
                {"task_id", task.id},
                {"model", task.model},
                {"status", "queued"},
                {"created_at", created}};
}

}  // namespace

Reply do_video(World& world, const Call& call, const Fault& fault) {
    const Task& task = world.tasks().add(task_of(world, call, fault));
    const bool endless = task.script && task.script->stuck;
    world.limits().add_task(call, endless ? std::numeric_limits<std::int64_t>::max()
                                          : task.created_ms + task.render_ms);
    Reply reply = gateway_reply(200, submit_body(task, call, fault.form));
    reply.set_header("X-New-Api-Other-Ratios", fmt::format("{{\"seconds\":{}}}", task.seconds));
    reply.remote_id = task.id;
    reply.seconds = world.options().latency_seconds;
    return reply;
}

}  // namespace nightshift::sandbox
