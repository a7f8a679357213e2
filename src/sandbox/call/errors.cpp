// The bytes of each error envelope: struct bodies keep their order, map bodies are sorted.
#include "sandbox/call/errors.hpp"

#include <fmt/format.h>

namespace nightshift::sandbox {
namespace {

std::string with_request_id(const Call& call, std::string_view message) {
    return fmt::format("{} (request id: {})", message, call.request_id);
}

bool is_task_route(Endpoint endpoint) {
    return endpoint == Endpoint::videos || endpoint == Endpoint::video_generations ||
           endpoint == Endpoint::poll;
}

Json anthropic_body(std::string_view type, std::string_view message) {
    return Json{{"error", {{"type", type}, {"message", message}}}, {"type", "error"}};
}

Json openai_body(std::string_view type, std::string_view message, const Json& code) {
    Json error{{"message", message}, {"type", type}, {"param", ""}, {"code", code}};
    return Json{{"error", std::move(error)}};
}

}  // namespace

Reply middleware_error(const Call& call, const Problem& problem) {
    Json error{{"code", problem.code},
               {"message", with_request_id(call, problem.message)},
               {"type", "new_api_error"}};
    return gateway_reply(problem.status, Json{{"error", std::move(error)}});
}

Reply flat_error(const Problem& problem) {
    const Json body{{"code", problem.code}, {"message", problem.message}, {"data", nullptr}};
    return gateway_reply(problem.status, body);
}

Reply gateway_error(const Call& call, const Problem& problem) {
    if (is_task_route(call.route.endpoint)) return flat_error(problem);
    const std::string message = with_request_id(call, problem.message);
    if (call.route.endpoint == Endpoint::messages) {
        return gateway_reply(problem.status, anthropic_body("new_api_error", message));
    }
    return gateway_reply(problem.status, openai_body("new_api_error", message, problem.code));
}

Reply upstream_error(const Call& call, const Problem& problem, std::string_view type) {
    Json body;
    if (call.route.endpoint == Endpoint::messages) {
        body = anthropic_body("<nil>", with_request_id(call, problem.message));
    } else if (call.route.endpoint == Endpoint::generate_content) {
        body = openai_body("upstream_error", problem.message, problem.status);
    } else {
        const Json code = problem.code.empty() ? Json() : Json(problem.code);
        body = openai_body(type, problem.message, code);
    }
    Reply reply = gateway_reply(problem.status, body);
    if (call.wants_stream()) reply.set_header("Content-Type", "text/event-stream");
    return reply;
}

Reply short_error(int status, std::string_view type, std::string_view message) {
    const Json error{{"message", message}, {"type", type}};
    return gateway_reply(status, Json{{"error", error}});
}

Reply unknown_path(const Call& call) {
    const std::string message = fmt::format("Invalid URL ({} {})", call.method, call.path);
    return gateway_reply(404, openai_body("invalid_request_error", message, ""));
}

}  // namespace nightshift::sandbox
