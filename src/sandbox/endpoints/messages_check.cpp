// What Anthropic refuses of POST /v1/messages (wire contract 3.2; example
// messages_budget_ge_max_tokens_400).
#include "sandbox/call/errors.hpp"
#include "sandbox/endpoints/endpoints.hpp"

#include <fmt/format.h>

namespace nightshift::sandbox {
namespace {

constexpr double default_max_tokens = 8192;  // the gateway fills it in when absent or 0

std::optional<Reply> refused(const Call& call, std::string_view message) {
    return upstream_error(call, {400, "invalid_request_error", std::string(message)},
                          "invalid_request_error");
}

bool given(const Call& call, std::string_view key) {
    return !value_at(call.json, key).is_null();
}

std::optional<Reply> check_budget(const Call& call) {
    const Json& thinking = value_at(call.json, "thinking");
    const double asked = number_at(call.json, "max_tokens", 0);
    const double room = asked > 0 ? asked : default_max_tokens;
    const double budget = number_at(thinking, "budget_tokens", -1);
    if (budget < 0) return refused(call, "thinking.enabled.budget_tokens: Field required");
    if (budget < 1024) {
        return refused(call,
                       "thinking.enabled.budget_tokens: Input should be greater than or equal "
                       "to 1024");
    }
    if (budget >= room) {
        return refused(call,
                       "`max_tokens` must be greater than `thinking.budget_tokens`. Please "
                       "consult our documentation at https://***.com/***/***");
    }
    return std::nullopt;
}

// Sampling parameters while thinking is on.
std::optional<Reply> check_sampling(const Call& call) {
    if (number_at(call.json, "temperature", 1) != 1) {
        return refused(call, "`temperature` may only be set to 1 when thinking is enabled.");
    }
    if (given(call, "top_k")) {
        return refused(call, "`top_k` must be unset when thinking is enabled.");
    }
    if (number_at(call.json, "top_p", 1) < 0.95) {
        return refused(call,
                       "`top_p` must be greater than or equal to 0.95 or unset when thinking "
                       "is enabled.");
    }
    const std::string choice = text_at(value_at(call.json, "tool_choice"), "type");
    if (choice == "any" || choice == "tool") {
        return refused(call, "Thinking may not be enabled when tool_choice forces tool use.");
    }
    return std::nullopt;
}

std::optional<Reply> check_opus(const Call& call, const std::string& type) {
    if (!type.empty() && type != "adaptive") {
        return refused(call,
                       fmt::format("\"thinking.type.{}\" is not supported for this model. Use "
                                   "\"thinking.type.adaptive\" and \"output_config.effort\" to "
                                   "control thinking behavior.",
                                   type));
    }
    for (const std::string_view key : {"temperature", "top_p", "top_k"}) {
        const double usual = key == "top_k" ? -1 : 1;
        if (given(call, key) && number_at(call.json, key, 0) != usual) {
            return refused(call, fmt::format("`{}` is deprecated for this model.", key));
        }
    }
    return std::nullopt;
}

std::optional<Reply> check_list(const Call& call) {
    for (const Json& message : value_at(call.json, "messages")) {
        const std::string role = text_at(message, "role");
        if (role != "user" && role != "assistant") {
            return refused(call, fmt::format("messages: Unexpected role \"{}\". Allowed roles are "
                                             "\"user\" or \"assistant\".",
                                             role));
        }
        const Json& content = value_at(message, "content");
        if (!content.is_string() && !content.is_array()) {
            return refused(call, "messages.0.content: Input should be a valid list");
        }
    }
    return std::nullopt;
}

}  // namespace

std::optional<Reply> check_messages(World& world, const Call& call) {
    const Json& messages = value_at(call.json, "messages");
    if (!messages.is_array() || messages.empty()) {
        return gateway_error(call, {500, "invalid_request", "field messages is required"});
    }
    const ModelKind kind = world.catalog().kind_of(call.model);
    if (!is_text(kind)) {
        return refused(call, fmt::format("Model {} does not support messages", call.model));
    }
    if (auto reply = check_list(call)) return reply;
    if (kind != ModelKind::claude) return std::nullopt;
    if (number_at(call.json, "max_tokens", 1) < 0) {
        return refused(call, "max_tokens: Input should be greater than or equal to 1");
    }
    const std::string type = text_at(value_at(call.json, "thinking"), "type");
    if (call.model.starts_with("claude-opus-4-7")) return check_opus(call, type);
    if (type == "enabled") {
        if (auto reply = check_budget(call)) return reply;
    }
    if (type == "enabled" || type == "adaptive") return check_sampling(call);
    return std::nullopt;
}

}  // namespace nightshift::sandbox
