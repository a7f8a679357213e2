#include "jobs/verdict.hpp"

#include "core/term_safe.hpp"
#include "jobs/json_reply.hpp"
#include "jobs/verdict_codes.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <charconv>

namespace nightshift {
namespace {

constexpr std::string_view gateway_type = "new_api_error";

// The number that an error object carries as its code (Gemini's errors do), or the reply's own.
// Codes beat numbers: an operator can remap statuses (wire contract 10.4).
int status_meant(const ErrorObject& error, int status) {
    int number = 0;
    const auto end = error.code.data() + error.code.size();
    const auto result = std::from_chars(error.code.data(), end, number);
    const bool whole = result.ec == std::errc() && result.ptr == end;
    return whole && number >= 400 && number < 600 ? number : status;
}

// Whether the gateway speaks for itself and not for an upstream: its middleware always sets the
// type; its flat envelope has none.
bool is_gateways_own(const ErrorObject& error) {
    if (!error.outer_code.empty()) return false;
    return error.type == gateway_type || error.type.empty();
}

Kind of_account(const ErrorObject& error, Kind kind) {
    const bool stops = kind == Kind::quota || kind == Kind::credentials;
    return stops && !is_gateways_own(error) ? Kind::model_unavailable : kind;
}

// The answer of a server that does not know the path or the method.
bool says_no_api(int status) {
    return status == 404 || status == 405 || status == 501;
}

// 401: without the gateway's request id nobody else can have answered but who got our key.
Kind kind_of_401(const ErrorObject& error, bool gateway_answered) {
    if (!error.outer_code.empty()) return Kind::model_unavailable;
    if (!gateway_answered || error.type == gateway_type) return Kind::credentials;
    return Kind::model_unavailable;
}

// 402 and 403 without a code that says more (wire contract 10.4).
Kind kind_of_refusal(const ErrorObject& error, int status, bool gateway_answered) {
    const bool own = error.type == gateway_type && error.outer_code.empty();
    if (status == 402) return own || !gateway_answered ? Kind::quota : Kind::model_unavailable;
    if (!own || says_no_access_to_model(error.message)) return Kind::model_unavailable;
    return says_quota(error.message) ? Kind::quota : Kind::credentials;
}

// The order of wire contract 10.5, step 4.
Kind kind_of_error(const ErrorObject& error, int reply_status, bool gateway_answered) {
    const int status = status_meant(error, reply_status);
    if (status == 401) return kind_of_401(error, gateway_answered);
    if (status == 404 && error.message.starts_with("Invalid URL (")) return Kind::misconfigured;
    const bool minimax = error.outer_code == "base_resp" ||
                         error.message.find("minimax TTS error") != std::string::npos;
    if (minimax) return kind_of_minimax(error.code);
    if (status == 429) {
        const bool account = is_account_code(error.code) || is_account_code(error.type);
        return account ? Kind::model_unavailable : Kind::rate_limited;
    }
    if (const auto kind = kind_of_code(error.code)) return of_account(error, *kind);
    const auto type_kind = kind_of_code(error.type);
    const bool refused = status == 402 || status == 403;
    if (refused && type_kind != Kind::content_rejected) {
        return kind_of_refusal(error, status, gateway_answered);
    }
    if (type_kind) return of_account(error, *type_kind);
    // The Anthropic envelope drops the code; some messages are the code and nothing else.
    const auto word = error.message.substr(0, error.message.find(' '));
    const auto word_kind = word.find('_') == std::string::npos ? std::nullopt : kind_of_code(word);
    return word_kind ? of_account(error, *word_kind) : kind_of_status(status);
}

std::string code_of(const ErrorObject& error, int status) {
    if (!error.code.empty()) return error.code;
    const bool empty_word = error.type == gateway_type || error.type == "<nil>" ||
                            error.type == "upstream_error" || error.type == "error";
    if (!error.type.empty() && !empty_word) return error.type;
    return fmt::format("http_{}", status);
}

// Whether a parsed refusal of a video submit leaves open if the task exists (contract 6.3). An
// upstream's own refusal of the request or its account is proof whatever the number.
bool submit_is_unknown(const ErrorObject& error, int reply_status) {
    const int status = status_meant(error, reply_status);
    for (const int number : {reply_status, status}) {
        if (number == 408 || number == 504 || number == 524) return true;
    }
    for (const auto& code : {error.code, error.type, error.outer_code}) {
        if (leaves_submit_unknown(code)) return true;
    }
    const auto kind = kind_of_code(error.code);
    const bool refusal = kind == Kind::content_rejected || kind == Kind::invalid_request ||
                         kind == Kind::model_unavailable || kind == Kind::quota ||
                         kind == Kind::rate_limited || status == 429;
    if (refusal) return false;
    auto wraps = [&error](std::string_view code) {
        return error.code == code || error.outer_code == code;
    };
    const bool wrapped =
        wraps("fail_to_fetch_task") || wraps("ali_api_error") || wraps("bad_response_status_code");
    if (wrapped) return reply_status < 400 || status >= 500;
    return reply_status < 400 && !kind && !kind_of_code(error.type);
}

bool starts_like(std::string_view text, std::string_view lower_prefix) {
    if (text.size() < lower_prefix.size()) return false;
    return std::equal(lower_prefix.begin(), lower_prefix.end(), text.begin(), [](char a, char b) {
        return a == static_cast<char>(std::tolower(static_cast<unsigned char>(b)));
    });
}

// HTML, or an object store's XML. The Content-Type alone is no proof: it is often wrong.
bool is_page(std::string_view body) {
    const auto meat = jobs::meat_of(body);
    for (const std::string_view start : {"<!doctype", "<html", "<head", "<body", "<?xml", "<!--"}) {
        if (starts_like(meat, start)) return true;
    }
    return false;
}

// A page's title, or its first words.
std::string words_of_page(std::string_view body) {
    constexpr std::string_view open = "<title>";
    const auto start = body.find(open);
    if (start == std::string_view::npos) return gateway_words(body.substr(0, 200));
    const auto title = body.substr(start + open.size());
    return gateway_words(title.substr(0, std::min(title.find('<'), std::size_t{200})));
}

Failure with_operation(Failure failure, std::string_view verb, std::string_view path) {
    const auto operation = path.empty() ? std::string(verb) : jobs::operation_of(verb, path);
    failure.message = fmt::format("{}: {}", operation, failure.message);
    return failure;
}

// No whole reply. `sent` false is the proof that nothing was executed; a connect failure after a
// send is none, for then it is the second connection that failed.
Failure failure_of_trouble(const http::Reply& reply) {
    const auto row = row_of(reply.trouble);
    const bool proof = !reply.sent || reply.trouble == http::Trouble::refused_stream;
    const auto words = term_safe(reply.trouble_text, 300);
    auto message = fmt::format("{}{}{}", row.code, words.empty() ? "" : ": ", words);
    if (reply.trouble == http::Trouble::tls_verify) {
        message += "; set the right base URL or install the certificate's issuer";
    }
    return {.kind = row.kind,
            .code = std::string(row.code),
            .message = std::move(message),
            .billing = proof ? Billing::none : Billing::unknown,
            .http_status = reply.status};
}

// A 3xx that is no answer.
Failure failure_of_redirect(const http::Reply& reply) {
    return {.kind = Kind::misconfigured,
            .code = "redirect",
            .message = fmt::format("HTTP {}: redirected to {}, which is not followed; sign in if "
                                   "that is this network's portal, else set the base URL to where "
                                   "it leads",
                                   reply.status, gateway_words(reply.header("location"))),
            .http_status = reply.status};
}

// A page in a 2xx: the web UI of a wrong base URL, or a proxy in the way later on.
Failure failure_of_page(const http::Reply& reply, const Asked& asked) {
    Failure failure;
    failure.kind = asked.first_contact ? Kind::misconfigured : Kind::bad_reply;
    failure.code = "page_instead_of_answer";
    failure.billing = asked.first_contact ? Billing::none : Billing::unknown;
    failure.http_status = reply.status;
    failure.message =
        fmt::format("HTTP {}: a web page instead of an answer ({}){}", reply.status,
                    words_of_page(reply.body), asked.first_contact ? "; check the base URL" : "");
    return failure;
}

// A refusal whose body is no error object: a proxy's page, plain text, nothing at all.
Failure failure_of_number(const http::Reply& reply, const Asked& asked) {
    const int status = reply.status;
    const bool gateway_answered = !reply.header("x-oneapi-request-id").empty();
    Failure failure;
    failure.kind = kind_of_status(status);
    if (status == 503) failure.kind = Kind::server_error;  // a proxy's word for "no backend"
    if (status == 401) failure.kind = kind_of_401({}, gateway_answered);
    if (status == 402) failure.kind = kind_of_refusal({}, status, gateway_answered);
    if (status == 403 && gateway_answered) failure.kind = Kind::model_unavailable;
    // A web server answers 400 with a page to http on its port for https, or to a name it lacks.
    const bool page_for_400 = status == 400 && is_page(reply.body);
    const bool no_api = status == 403 || page_for_400 || says_no_api(status);
    if (no_api && !gateway_answered && asked.first_contact) failure.kind = Kind::misconfigured;
    const bool refused = status < 500 && status != 408;
    failure.billing = refused || status == 501 ? Billing::none : Billing::unknown;
    failure.code = fmt::format("http_{}", status);
    failure.http_status = status;
    const auto words = words_of_page(reply.body);
    failure.message = fmt::format("HTTP {}: {}", status, words.empty() ? "empty reply" : words);
    if (failure.kind == Kind::misconfigured) failure.message += "; check the base URL";
    return failure;
}

bool begins_with_telling_name(std::string_view text) {
    switch (text.empty() ? '\0' : text.front()) {
        case 'e':
            return text.starts_with("error\"");
        case 's':
            return text.starts_with("success\"");
        case 'c':
            return text.starts_with("code\"");
        case 'b':
            return text.starts_with("base_resp\"");
        case 'd':
            return text.starts_with("detail\"");
        default:
            return false;
    }
}

// Whether a 2xx may hold an error object at all: saves parsing good replies twice.
bool may_hold_error(std::string_view meat) {
    if (!meat.starts_with('{') && !meat.starts_with('[')) return false;
    for (auto at = meat.find('"'); at != std::string_view::npos; at = meat.find('"', at + 1)) {
        if (begins_with_telling_name(meat.substr(at + 1))) return true;
    }
    return false;
}

// A submit that names its task was taken, whatever else it says: the polls will tell.
bool names_a_task(std::string_view body) {
    const auto json = jobs::Json::parse(jobs::meat_of(body));
    if (!json) return false;
    return !jobs::string_at(json->root(), "task_id").empty() ||
           !jobs::string_at(json->root(), "data.task_id").empty() ||
           jobs::string_at(json->root(), "id").starts_with("task_");
}

std::optional<Failure> failure_in_body(const http::Reply& reply, const Asked& asked) {
    const auto error = error_object_of(reply.body);
    if (!error.present) return std::nullopt;
    const bool video = asked.group == Group::video;
    if (video && reply.status < 300 && names_a_task(reply.body)) return std::nullopt;
    const bool gateway_answered = !reply.header("x-oneapi-request-id").empty();
    auto failure = failure_of_error(error, reply.status, gateway_answered);
    if (video && submit_is_unknown(error, reply.status)) failure.billing = Billing::unknown;
    const bool no_api = says_no_api(reply.status) && !gateway_answered;
    if (no_api && asked.first_contact && !kind_of_code(error.code)) {
        failure.kind = Kind::misconfigured;
    }
    return failure;
}

std::optional<Failure> judge(const http::Reply& reply, const Asked& asked) {
    const int status = reply.status;
    // A refusal that was cut is one all the same; anything else cut may have been executed.
    const bool refused = status >= 400 && status < 500 && status != 408;
    if (reply.trouble != http::Trouble::none && !refused) return failure_of_trouble(reply);
    if (status >= 300 && status < 400) {
        if (asked.take_redirect && !reply.header("location").empty()) return std::nullopt;
        return failure_of_redirect(reply);
    }
    if (status >= 200 && status < 300) {
        if (is_page(reply.body)) return failure_of_page(reply, asked);
        if (!may_hold_error(jobs::meat_of(reply.body))) return std::nullopt;
        return failure_in_body(reply, asked);
    }
    if (auto failure = failure_in_body(reply, asked)) return failure;
    return failure_of_number(reply, asked);
}

}  // namespace

std::optional<Failure> verdict_of_post(const http::Reply& reply, const Asked& asked) {
    auto failure = judge(reply, asked);
    if (failure) return with_operation(std::move(*failure), "post", asked.path);
    return std::nullopt;
}

std::optional<Failure> verdict_of_get(const http::Reply& reply, const Asked& asked) {
    auto as_get = asked;
    as_get.group = Group::text;
    auto failure = judge(reply, as_get);
    if (!failure) return std::nullopt;
    const bool key_refused = failure->kind == Kind::credentials && reply.status == 401;
    const bool base_url_wrong = failure->kind == Kind::misconfigured &&
                                (asked.first_contact || reply.trouble != http::Trouble::none);
    if (!key_refused && !base_url_wrong) return std::nullopt;
    return with_operation(std::move(*failure), "get", asked.path);
}

Failure failure_of_error(const ErrorObject& error, int status, bool gateway_answered) {
    const auto code = code_of(error, status);
    return {
        .kind = kind_of_error(error, status, gateway_answered),
        .code = code,
        .message = fmt::format("HTTP {}: {}", status, error.message.empty() ? code : error.message),
        .billing = Billing::none,
        .http_status = status};
}

std::string request_id_of(const http::Reply& reply) {
    for (const std::string_view name :
         {"x-oneapi-request-id", "x-request-id", "request-id", "x-amzn-requestid", "cf-ray"}) {
        const auto value = reply.header(name);
        if (!value.empty()) return term_safe(value, 128);
    }
    return {};
}

}  // namespace nightshift
