// The gateway's token check (wire contract 1.1; messages of 10.3 in English or Chinese by
// Accept-Language).
#include "sandbox/call/auth.hpp"

#include "sandbox/call/errors.hpp"

namespace nightshift::sandbox {
namespace {

bool contains(std::string_view text, std::string_view part) {
    return text.find(part) != std::string_view::npos;
}

std::string_view without_bearer(std::string_view value) {
    if (value.starts_with("Bearer ") || value.starts_with("bearer ")) value.remove_prefix(7);
    return value;
}

Reply refusal(const Call& call, int status, std::string_view code, std::string_view english,
              std::string_view chinese) {
    const bool zh = call.header("accept-language").starts_with("zh");
    return middleware_error(call, Problem{.status = status,
                                          .code = std::string(code),
                                          .message = std::string(zh ? chinese : english)});
}

Reply invalid_token(const Call& call) {
    return refusal(call, 401, "", "Invalid token", "无效的令牌");
}

// The word after `sk-sandbox-`, up to the next dash.
std::string_view special_word(std::string_view key) {
    constexpr std::string_view prefix = "sk-sandbox-";
    if (!key.starts_with(prefix)) return {};
    key.remove_prefix(prefix.size());
    return key.substr(0, key.find('-'));
}

}  // namespace

std::string key_of(const Call& call) {
    std::string key(without_bearer(call.header("authorization")));
    if (contains(call.path, "/v1/messages") || contains(call.path, "/v1/models")) {
        const auto anthropic = call.header("x-api-key");
        if (!anthropic.empty()) key = anthropic;
    }
    if (call.path.starts_with("/v1beta/models") || call.path.starts_with("/v1beta/openai/models") ||
        call.path.starts_with("/v1/models/")) {
        const std::string query_key = call.parameter("key");
        if (!query_key.empty()) key = query_key;
        const auto google = call.header("x-goog-api-key");
        if (!google.empty()) key = google;
    }
    return key;
}

std::optional<Reply> authenticate(Call& call) {
    const std::string key = key_of(call);
    call.caller = Caller{.user = 1, .model_limited = false, .quota = ""};
    if (key == "sk-standin") return std::nullopt;
    if (key.starts_with("sk-standin-")) {
        Reply reply = refusal(call, 403, "", "普通用户不支持指定渠道", "普通用户不支持指定渠道");
        reply.set_header("specific_channel_version", "701e3ae1dc3f7975556d354e0675168d004891c8");
        return reply;
    }
    if (!key.starts_with("sk-sandbox")) return invalid_token(call);

    const auto word = special_word(key);
    if (word == "exhausted" || word == "disabled" || word == "expired") return invalid_token(call);
    if (word == "banned") return refusal(call, 403, "", "User has been banned", "用户已被封禁");
    if (word == "ip") {
        return refusal(call, 403, "access_denied", "Your IP is not in the token's allow list",
                       "您的 IP 不在令牌允许访问的列表中");
    }
    if (word == "other") call.caller.user = 2;
    if (word == "limited") call.caller.model_limited = true;
    if (word == "noquota") call.caller.quota = "user";
    if (word == "lowbudget") call.caller.quota = "token";
    return std::nullopt;
}

}  // namespace nightshift::sandbox
