#include "jobs/protocol/refusal_phrases.hpp"

#include "jobs/protocol/json_reply.hpp"

#include <algorithm>
#include <array>
#include <string>

namespace nightshift {
namespace {

struct Phrase {
    Says says;
    std::string_view text;  // lower case
};

// Sources: [A] docs.anthropic.com/en/api/errors and messages in its SDKs' issues, [O]
// platform.openai.com/docs/guides/error-codes, [G] ai.google.dev/gemini-api/docs/troubleshooting,
// [R] openrouter.ai/docs/api-reference/errors, [N] the gateway (new-api, i18n and relay/channel),
// [D] api-docs.deepseek.com/quick_start/error_codes, [Q] Alibaba Model Studio's error codes, [Z]
// Zhipu's (docs.bigmodel.cn/cn/api/api-code), [S] docs.siliconflow.cn, [V] Volcengine Ark's error
// codes, [L] vLLM, LiteLLM, Ollama, as their servers answer.
constexpr std::array phrases = std::to_array<Phrase>({
    {Says::saturated, "负载已饱和"},  // [N]
    {Says::saturated, "負載已飽和"},
    {Says::saturated, "负载过高"},  // [Z] [V]
    {Says::saturated, "负载较高"},
    {Says::saturated, "请求过于频繁"},  // [N] [Z]
    {Says::saturated, "請求過於頻繁"},
    {Says::saturated, "请求太频繁"},
    {Says::saturated, "请求频率"},  // [Z]
    {Says::saturated, "频率限制"},
    {Says::saturated, "速率限制"},
    {Says::saturated, "访问量过大"},  // [Z] 1305
    {Says::saturated, "当前访问量"},
    {Says::saturated, "请求过多"},
    {Says::saturated, "请求数过多"},
    {Says::saturated, "请求量过大"},
    {Says::saturated, "请求数限制"},  // [N]
    {Says::saturated, "請求數限制"},
    {Says::saturated, "限流"},        // [V] [Q]
    {Says::saturated, "并发数过高"},  // [Z] 1302
    {Says::saturated, "并发数"},
    {Says::saturated, "并发限制"},
    {Says::saturated, "系统繁忙"},
    {Says::saturated, "系統繁忙"},
    {Says::saturated, "服务繁忙"},
    {Says::saturated, "服务器繁忙"},
    {Says::saturated, "资源紧张"},
    {Says::saturated, "排队人数"},
    {Says::saturated, "is saturated"},  // [N]
    {Says::saturated, "load is saturated"},
    {Says::saturated, "rate limit"},  // [O] [A] [R]
    {Says::saturated, "rate limits"},
    {Says::saturated, "rate limited"},
    {Says::saturated, "rate-limited"},
    {Says::saturated, "rate-limit"},
    {Says::saturated, "ratelimit"},
    {Says::saturated, "request limit reached"},
    {Says::saturated, "too many requests"},
    {Says::saturated, "too many concurrent"},
    {Says::saturated, "sending requests too quickly"},  // [O] [D]
    {Says::saturated, "requests per minute"},
    {Says::saturated, "requests per min"},
    {Says::saturated, "tokens per minute"},
    {Says::saturated, "tokens per min"},
    {Says::saturated, "throttled"},  // [Q]
    {Says::saturated, "requests rate increased too quickly"},
    {Says::saturated, "currently overloaded"},  // [O]
    {Says::saturated, "is overloaded"},
    {Says::saturated, "are overloaded"},
    {Says::saturated, "at capacity"},
    {Says::saturated, "over capacity"},
    {Says::saturated, "capacity exceeded"},
    {Says::saturated, "concurrency limit"},
    {Says::saturated, "server is busy"},  // [D]
    {Says::saturated, "service is busy"},
    {Says::saturated, "system is busy"},
    {Says::saturated, "high demand"},
    {Says::saturated, "heavy load"},
    {Says::saturated, "high load"},
    {Says::saturated, "please slow down"},
    {Says::saturated, "slow down"},  // [O]
    {Says::saturated, "queue is full"},

    {Says::quota, "credit balance is too low"},  // [A]
    {Says::quota, "reached your specified api usage limits"},
    {Says::quota, "reached your specified workspace api usage limits"},
    {Says::quota, "insufficient credits"},  // [R]
    {Says::quota, "insufficient credit"},
    {Says::quota, "insufficient balance"},  // [D]
    {Says::quota, "insufficient account balance"},
    {Says::quota, "insufficient funds"},
    {Says::quota, "insufficient quota"},
    {Says::quota, "balance is insufficient"},  // [S]
    {Says::quota, "balance insufficient"},
    {Says::quota, "balance is not enough"},
    {Says::quota, "balance not enough"},
    {Says::quota, "not enough balance"},
    {Says::quota, "not enough credits"},
    {Says::quota, "quota is not enough"},  // [N]
    {Says::quota, "quota is insufficient"},
    {Says::quota, "quota insufficient"},
    {Says::quota, "quota exhausted"},
    {Says::quota, "quota has been exhausted"},
    {Says::quota, "token quota"},
    {Says::quota, "out of credits"},
    {Says::quota, "no credits"},
    {Says::quota, "requires more credits"},        // [R]
    {Says::quota, "exceeded your current quota"},  // [O]
    {Says::quota, "check your plan and billing details"},
    {Says::quota, "billing hard limit has been reached"},
    {Says::quota, "billing limit has been reached"},
    {Says::quota, "spending limit"},
    {Says::quota, "spend limit"},
    {Says::quota, "monthly usage limit"},
    {Says::quota, "key limit exceeded"},  // [R]
    {Says::quota, "payment required"},
    {Says::quota, "account is not active, please check your billing details"},  // [O]
    {Says::quota, "billing is not enabled"},
    {Says::quota, "billing is disabled"},
    {Says::quota, "billing to be enabled"},
    {Says::quota, "account is in good standing"},  // [Q] Arrearage
    {Says::quota, "account is in arrears"},
    {Says::quota, "overdue payment"},
    {Says::quota, "overdue balance"},  // [V]
    {Says::quota, "余额不足"},         // [N] [S] [Z]
    {Says::quota, "餘額不足"},
    {Says::quota, "余额已用"},
    {Says::quota, "额度不足"},  // [N]
    {Says::quota, "額度不足"},
    {Says::quota, "额度不够"},
    {Says::quota, "额度已用"},
    {Says::quota, "額度已用"},
    {Says::quota, "额度用尽"},
    {Says::quota, "额度耗尽"},
    {Says::quota, "配额不足"},
    {Says::quota, "配额已用"},
    {Says::quota, "配额用尽"},
    {Says::quota, "欠费"},  // [Q] [V] [Z]
    {Says::quota, "欠費"},
    {Says::quota, "请充值"},
    {Says::quota, "請充值"},
    {Says::quota, "充值后"},
    {Says::quota, "资源包已用"},  // [Z]
    {Says::quota, "资源包余量"},

    {Says::credentials, "api key expired"},  // [G]
    {Says::credentials, "api key has expired"},
    {Says::credentials, "api key is expired"},
    {Says::credentials, "api key not valid"},  // [G]
    {Says::credentials, "api key is not valid"},
    {Says::credentials, "api key is invalid"},
    {Says::credentials, "api key not found"},
    {Says::credentials, "api key was not found"},
    {Says::credentials, "invalid api key"},
    {Says::credentials, "invalid api-key"},    // [Q]
    {Says::credentials, "incorrect api key"},  // [O]
    {Says::credentials, "api key has been disabled"},
    {Says::credentials, "api key is disabled"},
    {Says::credentials, "api key has been revoked"},
    {Says::credentials, "reported as leaked"},  // [G]
    {Says::credentials, "invalid x-api-key"},   // [A]
    {Says::credentials, "invalid authentication"},
    {Says::credentials, "authentication fails"},  // [D]
    {Says::credentials, "authentication failed"},
    {Says::credentials, "organization has been disabled"},  // [A]
    {Says::credentials, "organization is disabled"},
    {Says::credentials, "organization has been suspended"},
    {Says::credentials, "account has been disabled"},
    {Says::credentials, "account has been deactivated"},  // [O]
    {Says::credentials, "account has been suspended"},
    {Says::credentials, "account has been banned"},
    {Says::credentials, "account is disabled"},
    {Says::credentials, "account is suspended"},
    {Says::credentials, "account is deactivated"},
    {Says::credentials, "account suspended"},
    {Says::credentials, "project has been suspended"},
    {Says::credentials, "consumer has been suspended"},                  // [G]
    {Says::credentials, "user location is not supported"},               // [G]
    {Says::credentials, "country, region, or territory not supported"},  // [O]
    {Says::credentials, "not available in your region"},                 // [R]
    {Says::credentials, "not available in your country"},
    {Says::credentials, "无效的令牌"},  // [N]
    {Says::credentials, "無效的令牌"},
    {Says::credentials, "令牌已过期"},
    {Says::credentials, "令牌已過期"},
    {Says::credentials, "令牌状态不可用"},
    {Says::credentials, "密钥无效"},
    {Says::credentials, "密钥已过期"},
    {Says::credentials, "密钥已失效"},
    {Says::credentials, "无效的密钥"},
    {Says::credentials, "无效的api key"},
    {Says::credentials, "无效的 api key"},
    {Says::credentials, "api key 无效"},
    {Says::credentials, "api key无效"},
    {Says::credentials, "api key 已过期"},
    {Says::credentials, "身份验证失败"},  // [Z] 1000
    {Says::credentials, "鉴权失败"},
    {Says::credentials, "账号已被封禁"},
    {Says::credentials, "账户已被封禁"},
    {Says::credentials, "用户已被封禁"},  // [N]
    {Says::credentials, "账号已被禁用"},
    {Says::credentials, "账户已被禁用"},
    {Says::credentials, "账户已被停用"},
    {Says::credentials, "账户已被锁定"},  // [Z] 1112

    {Says::no_model, "model does not exist"},  // [O] [L]
    {Says::no_model, "model not exist"},       // [Q] [D]
    {Says::no_model, "model not found"},       // [L]
    {Says::no_model, "model is not found"},
    {Says::no_model, "model was not found"},
    {Says::no_model, "not found, try pulling it first"},  // [L]
    {Says::no_model, "is not found for api version"},     // [G]
    {Says::no_model, "no such model"},
    {Says::no_model, "unknown model"},
    {Says::no_model, "invalid model name"},       // [L]
    {Says::no_model, "invalid model id"},         // [O]
    {Says::no_model, "is not a valid model id"},  // [R]
    {Says::no_model, "is not a valid model"},
    {Says::no_model, "not a valid model name"},
    {Says::no_model, "unsupported model"},
    {Says::no_model, "no endpoints found"},    // [R]
    {Says::no_model, "no available channel"},  // [N]
    {Says::no_model, "no access to model"},    // [N]
    {Says::no_model, "not have access to model"},
    {Says::no_model, "not have access to the model"},
    {Says::no_model, "model is not available"},
    {Says::no_model, "model has been deprecated"},
    {Says::no_model, "model has been decommissioned"},
    {Says::no_model, "model has been retired"},
    {Says::no_model, "model has been shut down"},
    {Says::no_model, "模型不存在"},  // [Z] 1211 [V]
    {Says::no_model, "模型未找到"},
    {Says::no_model, "找不到模型"},
    {Says::no_model, "未找到模型"},
    {Says::no_model, "不存在的模型"},
    {Says::no_model, "不支持的模型"},
    {Says::no_model, "模型已下线"},
    {Says::no_model, "模型未开通"},  // [V]
    {Says::no_model, "无可用渠道"},  // [N]
    {Says::no_model, "無可用渠道"},
    {Says::no_model, "没有可用的渠道"},
    {Says::no_model, "无权访问模型"},  // [N]
    {Says::no_model, "無權訪問模型"},
    {Says::no_model, "無權存取模型"},
    {Says::no_model, "无权使用模型"},

    {Says::policy, "contentpolicyviolationerror"},  // [L]
    {Says::policy, "content management policy"},    // Azure
    {Says::policy, "content policy"},
    {Says::policy, "usage policy"},
    {Says::policy, "usage policies"},
    {Says::policy, "safety system"},                      // [O]
    {Says::policy, "content filtering policy"},           // [A]
    {Says::policy, "may contain inappropriate content"},  // [Q]
    {Says::policy, "不安全或敏感内容"},                   // [Z] 1301
    {Says::policy, "敏感内容"},
    {Says::policy, "敏感词"},
    {Says::policy, "内容违规"},
    {Says::policy, "违规内容"},
    {Says::policy, "不合规内容"},
    {Says::policy, "内容审核"},
    {Says::policy, "审核未通过"},
    {Says::policy, "審核未通過"},
});

struct Quotes {
    std::string_view open, close;
};

constexpr std::array quotes = std::to_array<Quotes>({{"\"", "\""},
                                                     {"`", "`"},
                                                     {"'", "'"},
                                                     {"“", "”"},
                                                     {"‘", "’"},
                                                     {"「", "」"},
                                                     {"『", "』"},
                                                     {"《", "》"},
                                                     {"«", "»"}});

bool is_word(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

// Where what is quoted at `at` ends, its mark included; 0: nothing is quoted there. An apostrophe
// within a word opens nothing and closes nothing.
std::size_t quoted_end(std::string_view text, std::size_t at) {
    for (const auto& each : quotes) {
        if (!text.substr(at).starts_with(each.open)) continue;
        const bool single = each.open == "'";
        if (single && at > 0 && is_word(text[at - 1])) return 0;
        for (auto end = text.find(each.close, at + each.open.size()); end != std::string::npos;
             end = text.find(each.close, end + 1)) {
            const auto after = end + each.close.size();
            if (!single || after >= text.size() || !is_word(text[after])) return after;
        }
    }
    return 0;
}

// In lower case, without `model`, each stretch of blanks as one.
std::string plain(std::string_view text, std::string_view model) {
    std::string out;
    for (std::size_t at = 0; at < text.size();) {
        if (!model.empty() && text.substr(at).starts_with(model)) {
            at += model.size();
            continue;
        }
        const char c = text[at++];
        const bool blank = c == ' ' || c == '\t' || c == '\n' || c == '\r';
        if (blank && (out.empty() || out.back() == ' ')) continue;
        out += blank ? ' ' : c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    }
    return out;
}

std::string without_quotes(std::string_view text) {
    std::string out;
    for (std::size_t at = 0; at < text.size();) {
        if (const auto end = quoted_end(text, at); end > 0) {
            at = end;
        } else {
            out += text[at++];
        }
    }
    return out;
}

bool holds(std::string_view text, std::string_view phrase) {
    for (auto at = text.find(phrase); at != std::string_view::npos;
         at = text.find(phrase, at + 1)) {
        const auto end = at + phrase.size();
        const bool begins = at == 0 || !is_word(phrase.front()) || !is_word(text[at - 1]);
        const bool ends = end >= text.size() || !is_word(phrase.back()) || !is_word(text[end]);
        if (begins && ends) return true;
    }
    return false;
}

bool any_string_holds(jobs::JsonElement element, std::string_view phrase) {
    if (element.is_string()) return holds(plain(jobs::string_at(element, ""), ""), phrase);
    if (element.is_array()) {
        const auto all = jobs::array_at(element, "");
        return std::any_of(all.begin(), all.end(),
                           [phrase](auto each) { return any_string_holds(each, phrase); });
    }
    simdjson::dom::object members;
    if (element.get(members)) return false;
    return std::any_of(members.begin(), members.end(),
                       [phrase](auto each) { return any_string_holds(each.value, phrase); });
}

bool request_holds(std::string_view body, std::string_view phrase) {
    if (body.empty()) return false;
    const auto json = jobs::Json::parse(body);
    return json && any_string_holds(json->root(), phrase);
}

}  // namespace

std::optional<Says> said_in(std::string_view message, const Refused& refused) {
    const auto text = plain(without_quotes(message), refused.model);
    for (const auto& phrase : phrases) {  // in the order of Says
        if (!holds(text, phrase.text) || request_holds(refused.body, phrase.text)) continue;
        return phrase.says;
    }
    return std::nullopt;
}

bool names_model(std::string_view message, std::string_view model) {
    return !model.empty() && holds(message, model);
}

}  // namespace nightshift
