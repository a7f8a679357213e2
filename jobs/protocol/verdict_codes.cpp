#include "jobs/protocol/verdict_codes.hpp"

#include "base/text/glob.hpp"

#include <algorithm>
#include <array>
#include <string>

namespace nightshift {
namespace {

struct Row {
    std::string_view pattern;  // lower case, `*` for anything
    Kind kind;
};

// First match wins. The gateway's own codes come first, then upstreams' in the order of how sure
// their meaning is; `account` codes are here too, as what they mean when an upstream says them.
constexpr Row code_rows[] = {
    // wire contract 10.3
    {"insufficient_user_quota", Kind::quota},
    {"pre_consume_token_quota_failed", Kind::quota},
    {"access_denied", Kind::credentials},
    {"model_not_found", Kind::model_unavailable},
    {"model_price_error", Kind::model_unavailable},
    {"channel:*", Kind::model_unavailable},
    {"get_channel_failed", Kind::server_error},
    {"system_*_overloaded", Kind::overloaded},
    {"do_request_failed", Kind::server_error},
    {"bad_response_body", Kind::server_error},
    {"read_response_body_failed", Kind::server_error},
    {"unmarshal_response*", Kind::server_error},
    {"empty_response", Kind::server_error},
    {"invalid_response*", Kind::server_error},
    {"new_api_panic", Kind::server_error},
    {"query_data_error", Kind::server_error},
    {"update_data_error", Kind::server_error},
    {"bad_response", Kind::invalid_request},
    {"invalid_request", Kind::invalid_request},
    {"invalid_json*", Kind::invalid_request},
    {"missing_model", Kind::invalid_request},
    {"convert_request_failed", Kind::invalid_request},
    {"count_token_failed", Kind::invalid_request},
    {"gen_relay_info_failed", Kind::invalid_request},
    {"json_marshal_failed", Kind::invalid_request},
    {"read_request_body_failed", Kind::invalid_request},
    {"sensitive_words_detected", Kind::content_rejected},
    {"prompt_blocked", Kind::content_rejected},
    {"api_not_implemented", Kind::misconfigured},
    {"task_not_exist", Kind::task_lost},
    // Refusals of content: wire contract 6, 8.8, 10.5
    {"moderation_blocked", Kind::content_rejected},
    {"*content_policy*", Kind::content_rejected},
    {"*contentpolicy*", Kind::content_rejected},
    {"*responsibleaipolicy*", Kind::content_rejected},
    {"*policyviolation*", Kind::content_rejected},
    {"*policy_violation*", Kind::content_rejected},
    {"*content_filter*", Kind::content_rejected},
    {"*contentfilter*", Kind::content_rejected},
    {"*datainspectionfailed*", Kind::content_rejected},
    {"*data_inspection_failed*", Kind::content_rejected},
    {"*sensitivecontent*", Kind::content_rejected},
    {"*sensitive_content*", Kind::content_rejected},
    {"*riskdetection*", Kind::content_rejected},
    {"content_moderation*", Kind::content_rejected},
    {"content_blocked", Kind::content_rejected},
    {"safety*", Kind::content_rejected},
    {"image_safety", Kind::content_rejected},
    {"prohibited_content", Kind::content_rejected},
    {"refusal", Kind::content_rejected},
    {"1301", Kind::content_rejected},  // Zhipu, as its API reference has it
    // The operator's account at the upstream: wire contract 10.4
    {"*insufficient_quota*", Kind::model_unavailable},
    {"*insufficientquota*", Kind::model_unavailable},
    {"*insufficient_balance*", Kind::model_unavailable},
    {"*insufficientbalance*", Kind::model_unavailable},
    {"*insufficient_credit*", Kind::model_unavailable},
    {"exceeded_current_quota*", Kind::model_unavailable},
    {"*billing*", Kind::model_unavailable},
    {"*arrearage*", Kind::model_unavailable},
    {"*overdue*", Kind::model_unavailable},
    {"1113", Kind::model_unavailable},  // Zhipu: balance
    {"account_*", Kind::model_unavailable},
    {"*invalid_api_key*", Kind::model_unavailable},
    {"*invalidapikey*", Kind::model_unavailable},
    {"authentication_error", Kind::model_unavailable},
    {"authenticationerror", Kind::model_unavailable},
    {"unauthenticated", Kind::model_unavailable},
    {"api_key_*", Kind::model_unavailable},  // Google's ErrorInfo
    {"access_token_expired", Kind::model_unavailable},
    {"consumer_*", Kind::model_unavailable},
    {"unsupported_country_region_territory", Kind::model_unavailable},
    {"permission_*", Kind::model_unavailable},
    {"*accessdenied*", Kind::model_unavailable},
    {"modelnotfound*", Kind::model_unavailable},
    {"modelnotopen*", Kind::model_unavailable},
    {"model_not_*", Kind::model_unavailable},
    {"invalidendpointormodel*", Kind::model_unavailable},
    // Crowds and troubles that pass
    {"*throttling*", Kind::rate_limited},
    {"*throttled*", Kind::rate_limited},
    {"rate_limit*", Kind::rate_limited},
    {"ratelimit*", Kind::rate_limited},
    {"*rate_limit_exceeded", Kind::rate_limited},
    {"*ratelimitexceeded", Kind::rate_limited},
    {"too_many_requests*", Kind::rate_limited},
    {"toomanyrequests*", Kind::rate_limited},
    {"limit_requests", Kind::rate_limited},
    {"resource_exhausted", Kind::rate_limited},
    {"*overloaded*", Kind::overloaded},
    {"service_unavailable*", Kind::overloaded},
    {"serviceunavailable*", Kind::overloaded},
    {"unavailable", Kind::overloaded},
    {"timeout*", Kind::timeout},
    {"request_timeout*", Kind::timeout},
    {"requesttimeout*", Kind::timeout},
    {"deadline_exceeded", Kind::timeout},
    {"server_error", Kind::server_error},
    {"api_error", Kind::server_error},
    {"internal*", Kind::server_error},
    // The request itself: wire contract 10.5
    {"invalid_request_error", Kind::invalid_request},
    {"invalidparameter*", Kind::invalid_request},
    {"invalid_parameter*", Kind::invalid_request},
    {"invalid_argument", Kind::invalid_request},
    {"invalid_value", Kind::invalid_request},
    {"invalid_type", Kind::invalid_request},
    {"invalid_image*", Kind::invalid_request},
    {"invalid_prompt", Kind::invalid_request},
    {"failed_precondition", Kind::invalid_request},
    {"missingparameter*", Kind::invalid_request},
    {"missing_required*", Kind::invalid_request},
    {"unknown_parameter", Kind::invalid_request},
    {"unsupported*", Kind::invalid_request},
    {"badrequest*", Kind::invalid_request},
    {"bad_request*", Kind::invalid_request},
    {"context_length_exceeded", Kind::invalid_request},
    {"string_above_max_length", Kind::invalid_request},
    {"request_too_large", Kind::invalid_request},
    {"image_generation_user_error", Kind::invalid_request},
};

// Of whose account a code speaks, where nobody stands between.
constexpr Row account_rows[] = {
    {"*insufficient*quota*", Kind::quota},
    {"*insufficient*balance*", Kind::quota},
    {"*insufficient*credit*", Kind::quota},
    {"exceeded_current_quota*", Kind::quota},
    {"*billing*", Kind::quota},
    {"*arrearage*", Kind::quota},
    {"*overdue*", Kind::quota},
    {"1113", Kind::quota},
    {"account_*", Kind::credentials},
    {"*invalid*api*key*", Kind::credentials},
    {"api_key_*", Kind::credentials},
    {"authentication*", Kind::credentials},
    {"unauthenticated", Kind::credentials},
    {"*accessdenied*", Kind::credentials},
    {"access_token_expired", Kind::credentials},
    {"consumer_*", Kind::credentials},
    {"unsupported_country_region_territory", Kind::credentials},
};

// They say that something is wrong with the request, or somewhere, and no more than that: whatever
// else an error says goes before them.
constexpr std::string_view vague_codes[] = {
    "invalid_request_error",
    "invalid_request",
    "invalidrequest*",
    "bad_request*",
    "badrequest*",
    "invalid_argument",
    "invalidargument",
    "failed_precondition",
    "invalidparameter",
    "invalid_parameter",
    "invalid_parameter_error",
    "bad_response*",
    "fail_to_fetch_task",
    "upstream_error",
    "new_api_error",
    "openai_error",
    "api_error",
    "server_error",
    "not_found*",
    "notfound*",
    "forbidden",
    "permission_*",
    "error",
    "<nil>",
    "null",
    "none",
    "unknown*",
};

constexpr std::pair<std::string_view, Kind> minimax_rows[] = {
    {"1000", Kind::server_error},      {"1001", Kind::timeout},
    {"1002", Kind::rate_limited},      {"1004", Kind::model_unavailable},
    {"1008", Kind::model_unavailable}, {"1013", Kind::server_error},
    {"1024", Kind::server_error},      {"1026", Kind::content_rejected},
    {"1027", Kind::content_rejected},  {"1039", Kind::rate_limited},
    {"2049", Kind::model_unavailable},
};

bool contains_any(std::string_view text, std::initializer_list<std::string_view> words) {
    return std::any_of(words.begin(), words.end(), [text](std::string_view word) {
        return text.find(word) != std::string_view::npos;
    });
}

std::string lower(std::string_view text) {
    std::string out(text);
    for (char& c : out) {
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    }
    return out;
}

}  // namespace

std::optional<Kind> kind_of_code(std::string_view code) {
    const auto folded = lower(code);
    for (const auto& row : code_rows) {
        if (glob_matches(row.pattern, folded)) return row.kind;
    }
    return std::nullopt;
}

std::optional<Kind> account_kind_of(std::string_view code) {
    const auto folded = lower(code);
    for (const auto& row : account_rows) {
        if (glob_matches(row.pattern, folded)) return row.kind;
    }
    return std::nullopt;
}

bool is_vague_code(std::string_view code) {
    const auto folded = lower(code);
    const bool number =
        std::all_of(folded.begin(), folded.end(), [](char c) { return c >= '0' && c <= '9'; });
    if (number && !kind_of_code(folded)) return true;  // "" and 400, not Zhipu's 1113
    return std::any_of(std::begin(vague_codes), std::end(vague_codes),
                       [&folded](auto pattern) { return glob_matches(pattern, folded); });
}

Kind kind_of_minimax(std::string_view number) {
    for (const auto& [each, kind] : minimax_rows) {
        if (each == number) return kind;
    }
    return Kind::invalid_request;
}

bool says_content(std::string_view message) {
    return contains_any(lower(message), {"sensitive", "inappropriate", "moderation", "copyright",
                                         "content policy", "敏感", "违规", "違規", "审核", "審核"});
}

Kind kind_of_status(int status) {
    switch (status) {
        case 408:
        case 504:
        case 522:
        case 524:
            return Kind::timeout;
        case 409:
        case 423:
        case 425:
            return Kind::server_error;
        case 429:
            return Kind::rate_limited;
        case 501:
            return Kind::invalid_request;
        case 503:
        case 529:
            return Kind::overloaded;
        default:
            // An error inside a 2xx that says no more than that has no number of its own.
            return status >= 400 && status < 500 ? Kind::invalid_request : Kind::server_error;
    }
}

bool leaves_submit_unknown(std::string_view code) {
    for (const std::string_view pattern :
         {"do_request_failed", "*response_body*", "empty_response", "invalid_response*",
          "read_response*", "unmarshal_response*", "new_api_panic"}) {
        if (glob_matches(pattern, code)) return true;
    }
    return false;
}

TroubleRow row_of(http::Trouble trouble) {
    using http::Trouble;
    switch (trouble) {
        case Trouble::none:
            break;
        case Trouble::dns:
        case Trouble::no_such_name:
            return {Kind::network, "dns"};
        case Trouble::connect:
            return {Kind::network, "connect"};
        case Trouble::connect_timeout:
            return {Kind::network, "connect_timeout"};
        case Trouble::tls:
        case Trouble::no_tls:
            return {Kind::network, "tls"};
        case Trouble::tls_verify:
            return {Kind::misconfigured, "tls_verify"};
        case Trouble::timeout:
            return {Kind::timeout, "timeout"};
        case Trouble::idle:
            return {Kind::timeout, "idle_timeout"};
        case Trouble::reset:
            return {Kind::network, "connection_reset"};
        case Trouble::truncated:
            return {Kind::network, "truncated_reply"};
        case Trouble::too_large:
            return {Kind::bad_reply, "reply_too_large"};
        case Trouble::refused_stream:
            return {Kind::network, "refused_stream"};
        case Trouble::repeat_refused:
            return {Kind::network, "repeat_refused"};
        case Trouble::protocol:
            return {Kind::bad_reply, "protocol"};
        case Trouble::unsafe_address:
            return {Kind::unsafe_url, "unsafe_address"};
        case Trouble::sink:
            return {Kind::bad_reply, "body_refused"};
        case Trouble::local:
            return {Kind::network, "local_resources"};
    }
    return {Kind::bad_reply, "no_reply"};
}

}  // namespace nightshift
