// The order of the gateway's own stages (wire contract 1.1, 1.2, 10.3): token, model, request,
// quota, limits; then the work, which the books record before the reply leaves.
#include "sandbox/gateway.hpp"

#include "sandbox/call/auth.hpp"
#include "sandbox/call/errors.hpp"
#include "sandbox/endpoints/endpoints.hpp"
#include "sandbox/faults/fault_reply.hpp"
#include "sandbox/media/sample_text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <exception>

namespace nightshift::sandbox {
namespace {

struct Desk {
    Check check = nullptr;
    Work work = nullptr;
};

Desk desk_of(Endpoint endpoint) {
    switch (endpoint) {
        case Endpoint::messages:
            return {check_messages, do_messages};
        case Endpoint::chat_completions:
            return {check_chat_completions, do_chat_completions};
        case Endpoint::generate_content:
            return {check_generate_content, do_generate_content};
        case Endpoint::image_generations:
            return {check_image_generations, do_image_generations};
        case Endpoint::videos:
        case Endpoint::video_generations:
            return {check_video, do_video};
        case Endpoint::audio_speech:
            return {check_audio_speech, do_audio_speech};
        case Endpoint::models:
            return {nullptr, do_models};
        case Endpoint::poll:
            return {nullptr, do_poll};
        case Endpoint::content:
            return {nullptr, do_content};
        case Endpoint::results:
            return {nullptr, do_results};
        default:
            return {};
    }
}

// Parses the body and finds the model, as the gateway's distributor does.
std::optional<Reply> read_body(World& world, Call& call) {
    const bool google = call.route.endpoint == Endpoint::generate_content;
    call.model = call.route.model;
    if (call.json_body()) {
        call.json = parse_json(call.body);
        if (!call.json.is_object() && !google) {
            return middleware_error(
                call, {400, "", "Invalid request: Invalid request: invalid JSON request body"});
        }
    }
    const Json& named = value_at(call.json, "model");
    if (!google && !named.is_null() && !named.is_string()) {
        return middleware_error(call, {400, "", "Invalid request: model must be a string"});
    }
    if (!google) call.model = text_at(call.json, "model");
    if (call.model.empty() && call.json_body()) {
        if (call.route.endpoint == Endpoint::audio_speech) call.model = "tts-1";
        if (call.route.endpoint == Endpoint::image_generations) call.model = "dall-e";
    }
    if (call.model.empty()) {
        return middleware_error(call,
                                {400, "", "Model name not specified, model name cannot be empty"});
    }
    if (call.caller.model_limited && !allowed_to_limited(call.model)) {
        return middleware_error(call, {403, "", "This token has no access to model " + call.model});
    }
    if (world.catalog().kind_of(call.model) == ModelKind::none) {
        return middleware_error(call, {503, "model_not_found",
                                       fmt::format("No available channel for model {} under group "
                                                   "default (distributor)",
                                                   call.model)});
    }
    return std::nullopt;
}

std::optional<Reply> check_quota(const Call& call) {
    if (call.caller.quota == "user") {
        return gateway_error(
            call, {403, "insufficient_user_quota", "用户额度不足, 剩余额度: ＄0.000000"});
    }
    if (call.caller.quota == "token") {
        return gateway_error(call, {403, "pre_consume_token_quota_failed",
                                    "token quota is not enough, token remain quota: ＄0.004000, "
                                    "need quota: ＄0.120000"});
    }
    return std::nullopt;
}

// What goes in and what may come out.
Estimate tokens_estimated(const Call& call) {
    const double room = std::clamp(number_at(call.json, "max_tokens", 256), 0.0, 1e6);
    return {input_tokens_of(call), static_cast<std::int64_t>(room)};
}

// The work, or what a fault puts in its place.
Reply worked(World& world, const Call& call, const Desk& desk, const Fault& fault) {
    Reply reply;
    if (fault.executes()) {
        reply = desk.work(world, call, fault);
        reply.executed = is_paid(call.route.endpoint);
    }
    put_fault(reply, call, fault);
    return reply;
}

void enter_in_books(World& world, const Call& call, const Answer& made) {
    const bool silent = made.fault.cut != Cut::none && made.fault.cut != Cut::reset_mid_reply &&
                        made.fault.cut != Cut::close_mid_reply &&
                        made.fault.cut != Cut::stall_mid_reply;
    world.books().enter(Entry{.path = call.path,
                              .model = call.model,
                              .body_sha256 = call.body_sha256,
                              .idempotency_key = std::string(call.header("idempotency-key")),
                              .status = silent ? 0 : made.reply.status,
                              .remote_id = made.reply.remote_id,
                              .billed = made.reply.executed});
}

Answer refused(Reply reply) {
    Answer answer;
    answer.reply = std::move(reply);
    return answer;
}

Answer paid_answer(World& world, Call& call, const Desk& desk) {
    if (auto refusal = read_body(world, call)) return refused(std::move(*refusal));
    if (auto refusal = desk.check(world, call)) return refused(std::move(*refusal));
    if (auto refusal = check_quota(call)) return refused(std::move(*refusal));
    if (auto refusal = world.limits().enter(call, tokens_estimated(call), now_ms())) {
        return refused(std::move(*refusal));
    }
    call.body_sha256 = sha256_hex(call.body);
    call.roll = mix(mix(world.options().seed, call.path + call.body_sha256),
                    std::uint64_t{world.books().executed(call.path, call.body_sha256)});
    if (const auto expect = world.expectations().of(call.body)) call.expect = parse_json(*expect);
    Answer made;
    made.limited = true;
    made.fault = world.faults().deal({call.route.endpoint, call.model, call.body_sha256, true});
    made.reply = worked(world, call, desk, made.fault);
    made.reply.seconds = world.limits().work_seconds(call, made.reply.seconds);
    if (made.reply.status == 200 && made.reply.frames.empty()) {
        for (const auto& [name, value] : world.limits().headers(call, now_ms())) {
            made.reply.set_header(name, value);
        }
    }
    enter_in_books(world, call, made);
    return made;
}

Answer free_answer(World& world, Call& call, const Desk& desk) {
    Task* task = world.tasks().find(call.route.task_id.substr(0, call.route.task_id.find('.')));
    const std::string model = task != nullptr ? task->model : call.route.model;
    std::string key = call.route.task_id;
    if (call.route.endpoint == Endpoint::results) key = call.parameter("Signature");
    Answer made;
    made.fault = world.faults().deal({call.route.endpoint, model, key, true});
    made.reply = worked(world, call, desk, made.fault);
    return made;
}

Reply web_page() {
    Reply reply = bytes_reply(200, "text/html; charset=utf-8",
                              "<!doctype html><html><head><title>New API</title></head><body><div "
                              "id=\"root\"></div></body></html>");
    reply.set_header("Cache-Control", "no-cache");
    return reply;
}

Reply moved(const Call& call) {
    Reply reply = bytes_reply(call.method == "GET" ? 301 : 307, "text/html; charset=utf-8", "");
    const std::string query = call.query.empty() ? "" : "?" + call.query;
    reply.set_header("Location", call.route.redirect + query);
    return reply;
}

Answer answer_or_throw(World& world, Call& call) {
    const Endpoint endpoint = call.route.endpoint;
    if (!call.route.redirect.empty()) return refused(moved(call));
    if (endpoint == Endpoint::web) return refused(web_page());
    if (endpoint == Endpoint::unknown) return refused(unknown_path(call));
    if (endpoint == Endpoint::books) {
        return refused(bytes_reply(200, "application/jsonl", world.books().jsonl()));
    }
    const Desk desk = desk_of(endpoint);
    if (endpoint == Endpoint::results) return free_answer(world, call, desk);
    if (auto refusal = authenticate(call)) return refused(std::move(*refusal));
    return is_paid(endpoint) ? paid_answer(world, call, desk) : free_answer(world, call, desk);
}

}  // namespace

Answer answer(World& world, Call& call) {
    try {
        return answer_or_throw(world, call);
    } catch (const std::exception& error) {
        const std::string message = fmt::format(
            "Panic detected, error: {}. Please submit a issue here: https://***.com/***/***",
            error.what());
        return refused(short_error(500, "new_api_panic", message));
    }
}

Reply too_large(const Call& call) {
    constexpr std::string_view what = "request body exceeds 128 MB: request body too large";
    if (call.route.endpoint == Endpoint::generate_content) {
        return gateway_error(call, {413, "read_request_body_failed", std::string(what)});
    }
    return middleware_error(call,
                            {400, "", fmt::format("Invalid request: Invalid request: {}", what)});
}

}  // namespace nightshift::sandbox
