#include "jobs/protocol/verdict.hpp"

#include "base/text/terminal_text.hpp"
#include "jobs/protocol/json_reply.hpp"
#include "jobs/protocol/refusal_phrases.hpp"
#include "jobs/protocol/verdict_codes.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>

namespace nightshift {
namespace {

constexpr std::string_view gateway_type = "new_api_error";

// The number that an error object carries (Gemini's errors do), or the reply's own. Codes beat
// numbers: an operator can remap statuses (wire contract 10.4).
int status_meant(const ErrorObject& error, int status) {
    return error.status != 0 ? error.status : status;
}

// True when the gateway speaks for itself and not for an upstream: its middleware always sets the
// type; its flat envelope has none.
bool is_gateways_own(const ErrorObject& error) {
    if (!error.outer_code.empty()) return false;
    return error.type == gateway_type || error.type.empty();
}

bool is_account_kind(std::optional<Kind> kind) {
    return kind == Kind::model_unavailable || kind == Kind::quota || kind == Kind::credentials;
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

// 402 and 403 without a code or a phrase that says more (wire contract 10.4).
Kind kind_of_refusal(const ErrorObject& error, int status, bool gateway_answered) {
    const bool own = error.type == gateway_type && error.outer_code.empty();
    if (status == 402) return own || !gateway_answered ? Kind::quota : Kind::model_unavailable;
    return own ? Kind::credentials : Kind::model_unavailable;
}

// A kind that only says that something was wrong gives way to whatever says more.
bool is_vague(std::optional<Kind> kind, std::string_view code) {
    return !kind || is_vague_code(code);
}

// Everything about an error that its kind is decided by.
struct Evidence {
    const ErrorObject& error;
    int status;  // that is meant
    bool gateway_answered;
    std::optional<Kind> by_code, by_type;
    std::optional<Says> said;

    Evidence(const ErrorObject& the_error, int reply_status, bool answered, const Asked& asked)
        : error(the_error),
          status(status_meant(the_error, reply_status)),
          gateway_answered(answered),
          by_code(kind_of_code(the_error.code)),
          by_type(kind_of_code(the_error.type)) {
        if (status < 500) said = said_in(error.message, {asked.model, asked.body});
        // An error within a 2xx has no status of its own: of its words only those count that ask
        // for patience.
        if (status < 400 && said != Says::saturated) said.reset();
    }

    bool has_vague_code() const {
        return is_vague(by_code, error.code) && is_vague(by_type, error.type);
    }
};

// Whoever has no money, or whose key is refused: the operator at an upstream if the gateway hands
// it on, else the user.
Kind of_somebodys_account(const Evidence& evidence, Kind kind) {
    const auto& error = evidence.error;
    const bool own = error.type == gateway_type && error.outer_code.empty() &&
                     !error.code.starts_with("bad_response");
    return evidence.gateway_answered && !own ? Kind::model_unavailable : kind;
}

// The kind that the tables give `code`. A 429 is no answer of a cash desk: whatever account it
// names, other models may have another.
Kind of_account(const Evidence& evidence, std::string_view code, Kind kind) {
    if (!is_account_kind(kind)) return kind;
    if (kind != Kind::model_unavailable && is_gateways_own(evidence.error)) return kind;
    const auto account = account_kind_of(code);
    const bool direct = !evidence.gateway_answered && evidence.status >= 400 &&
                        evidence.status < 500 && evidence.status != 429;
    return account && direct ? *account : Kind::model_unavailable;
}

// A crowd is a crowd whatever account code stands beside it.
bool is_saturated(const Evidence& evidence) {
    if (evidence.said != Says::saturated) return false;
    if (evidence.status < 400) return !evidence.by_code && !evidence.by_type;
    return evidence.has_vague_code() || is_account_kind(evidence.by_code) ||
           (is_account_kind(evidence.by_type) && is_vague(evidence.by_code, evidence.error.code));
}

std::optional<Kind> kind_of_inner(const Evidence& evidence) {
    for (const auto& code : evidence.error.inner_codes) {
        const auto kind = kind_of_code(code);
        if (is_vague(kind, code)) continue;
        const auto account = account_kind_of(code);
        return account ? of_somebodys_account(evidence, *account) : *kind;
    }
    return std::nullopt;
}

std::optional<Kind> kind_of_words(const Evidence& evidence, const Asked& asked) {
    const auto& error = evidence.error;
    const int status = evidence.status;
    const bool crowd = status == 429;  // of which only an account can be the cause
    if (evidence.said && !(crowd && *evidence.said > Says::credentials)) {
        switch (*evidence.said) {
            case Says::quota:
                return of_somebodys_account(evidence, Kind::quota);
            case Says::credentials:
                return of_somebodys_account(evidence, Kind::credentials);
            case Says::no_model:
                return Kind::model_unavailable;
            case Says::policy:
                return Kind::content_rejected;
            case Says::saturated:
                break;
        }
    }
    const bool of_model = names_model(error.message, asked.model) || error.param == "model";
    if (status == 404 && of_model) return Kind::model_unavailable;
    return std::nullopt;
}

// The gateway's and its kin's word for a path that they do not serve.
bool says_invalid_url(const ErrorObject& error) {
    return error.message.starts_with("Invalid URL (");
}

// The order of wire contract 10.5, step 4.
Kind kind_of_error(const Evidence& evidence, const Asked& asked) {
    const auto& error = evidence.error;
    const int status = evidence.status;
    if (status == 401) return kind_of_401(error, evidence.gateway_answered);
    if (status == 404 && says_invalid_url(error)) return Kind::misconfigured;
    const bool minimax = error.outer_code == "base_resp" ||
                         error.message.find("minimax TTS error") != std::string::npos;
    if (minimax) return kind_of_minimax(error.code);
    if (is_saturated(evidence)) return Kind::rate_limited;
    if (status == 429) {
        if (is_account_kind(evidence.by_code)) {
            return of_account(evidence, error.code, *evidence.by_code);
        }
        if (is_account_kind(evidence.by_type)) {
            return of_account(evidence, error.type, *evidence.by_type);
        }
    }
    const bool by_code = !is_vague(evidence.by_code, error.code);
    if (by_code && status != 429) return of_account(evidence, error.code, *evidence.by_code);
    const bool refused = status == 402 || status == 403;
    const bool by_type = !is_vague(evidence.by_type, error.type);
    if (by_type && !refused && status != 429)
        return of_account(evidence, error.type, *evidence.by_type);
    if (!by_code) {
        if (const auto kind = kind_of_inner(evidence)) return *kind;
        if (const auto kind = kind_of_words(evidence, asked)) return *kind;
    }
    if (status == 429) return Kind::rate_limited;
    if (evidence.by_code) return of_account(evidence, error.code, *evidence.by_code);
    if (refused && (!by_type || is_account_kind(evidence.by_type))) {
        return kind_of_refusal(error, status, evidence.gateway_answered);
    }
    if (evidence.by_type) return of_account(evidence, error.type, *evidence.by_type);
    // The Anthropic envelope drops the code; some messages are the code and nothing else.
    const auto word = error.message.substr(0, error.message.find(' '));
    const auto word_kind = word.find('_') == std::string::npos ? std::nullopt : kind_of_code(word);
    return word_kind ? of_account(evidence, word, *word_kind) : kind_of_status(status);
}

std::string code_of(const ErrorObject& error, int status) {
    if (!error.code.empty()) return error.code;
    const bool empty_word = error.type == gateway_type || error.type == "<nil>" ||
                            error.type == "upstream_error" || error.type == "error";
    if (!error.type.empty() && !empty_word) return error.type;
    return fmt::format("http_{}", status);
}

// The gateway gave up waiting for whoever does the work, which may be done and billed for all that.
bool gave_up_waiting(int status) {
    return status == 408 || status == 504 || status == 524;
}

// True when a parsed refusal of a video submit leaves open if the task exists (contract 6.3). An
// upstream's own refusal of the request or its account is proof whatever the number.
bool submit_is_unknown(const ErrorObject& error, int reply_status) {
    const int status = status_meant(error, reply_status);
    for (const auto& code : {error.code, error.type, error.outer_code}) {
        if (leaves_submit_unknown(code)) return true;
    }
    const auto kind = kind_of_code(error.code);
    const bool refusal = kind == Kind::content_rejected || kind == Kind::invalid_request ||
                         is_account_kind(kind) || kind == Kind::rate_limited || status == 429;
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
bool is_page_text(std::string_view body) {
    const auto meat = jobs::meat_of(body);
    for (const std::string_view start : {"<!doctype", "<html", "<head", "<body", "<?xml", "<!--"}) {
        if (starts_like(meat, start)) return true;
    }
    return false;
}

// A refusal that no gateway wrote: a page, or a CDN's single line.
bool is_refusal_page(const http::Reply& reply) {
    if (is_page_text(reply.body)) return true;
    const auto meat = jobs::meat_of(reply.body);
    const bool html = reply.header("content-type").starts_with("text/html");
    return (html && !meat.empty() && !meat.starts_with('{')) || starts_like(meat, "error code: 1");
}

// A page's title, or its first words.
std::string words_of_page(std::string_view body) {
    constexpr std::string_view open = "<title>";
    const auto start = body.find(open);
    if (start == std::string_view::npos) return gateway_words(body.substr(0, 200));
    const auto title = body.substr(start + open.size());
    return gateway_words(title.substr(0, std::min(title.find('<'), std::size_t{200})));
}

Failure with_operation(Failure failure, const Asked& asked, std::string_view usual) {
    const auto verb = asked.operation.empty() ? usual : asked.operation;
    const auto operation =
        asked.path.empty() ? std::string(verb) : jobs::operation_of(verb, asked.path);
    failure.message = fmt::format("{}: {}", operation, failure.message);
    return failure;
}

// No whole reply. `sent` false is the proof that nothing was executed; a connect failure after a
// send is none, for then it is the second connection that failed.
Failure failure_of_trouble(const http::Reply& reply, const Asked& asked) {
    auto row = row_of(reply.trouble);
    const bool misspelt = reply.trouble == http::Trouble::no_such_name && asked.first_contact;
    const bool no_tls = reply.trouble == http::Trouble::no_tls && asked.first_contact;
    if (misspelt || no_tls) row.kind = Kind::misconfigured;
    const bool proof = !reply.sent || reply.trouble == http::Trouble::refused_stream;
    const auto words = term_safe(reply.trouble_text, 300);
    auto message = fmt::format("{}{}{}", row.code, words.empty() ? "" : ": ", words);
    if (reply.trouble == http::Trouble::tls_verify) {
        message += "; set the right base URL or install the certificate's issuer";
    }
    if (misspelt) message += " (unknown name); check the base URL";
    if (no_tls) message += "; check the scheme and the port of the base URL";
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
    const bool page_for_400 = status == 400 && is_page_text(reply.body);
    const bool no_api = status == 403 || page_for_400 || says_no_api(status);
    if (no_api && !gateway_answered && asked.first_contact) failure.kind = Kind::misconfigured;
    // In the middle of a run the page of whoever stands between says nothing about the task.
    const bool in_between = status == 401 || status == 403 || status == 404 || status == 405;
    if (in_between && !gateway_answered && !asked.first_contact && is_refusal_page(reply)) {
        failure.kind = Kind::bad_reply;
    }
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
            return text.starts_with("success\"") || text.starts_with("statusCode\"") ||
                   text.starts_with("status_code\"");
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

// True when a 2xx may hold an error object at all: saves parsing good replies twice.
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
    auto failure = failure_of_error(error, reply.status, gateway_answered, asked);
    if (video && submit_is_unknown(error, reply.status)) failure.billing = Billing::unknown;
    // What never answered is not served here, unless the error says what else is wrong.
    const bool unknown = asked.endpoint_unknown || asked.first_contact;
    const bool no_api = says_no_api(reply.status) && !gateway_answered && unknown;
    if (no_api && failure.kind == Kind::invalid_request && is_vague_code(error.code)) {
        failure.kind = Kind::misconfigured;
        failure.endpoint_only = error.is_gateways || !asked.first_contact;
    }
    return failure;
}

std::optional<Failure> judge(const http::Reply& reply, const Asked& asked) {
    const int status = reply.status;
    // A refusal that was cut is one all the same; anything else cut may have been executed.
    const bool refused = status >= 400 && status < 500 && status != 408;
    if (reply.trouble != http::Trouble::none && !refused) return failure_of_trouble(reply, asked);
    if (status >= 300 && status < 400) {
        if (asked.take_redirect && !reply.header("location").empty()) return std::nullopt;
        return failure_of_redirect(reply);
    }
    if (status >= 200 && status < 300) {
        if (is_page_text(reply.body)) return failure_of_page(reply, asked);
        if (!may_hold_error(jobs::meat_of(reply.body))) return std::nullopt;
        return failure_in_body(reply, asked);
    }
    if (auto failure = failure_in_body(reply, asked)) return failure;
    return failure_of_number(reply, asked);
}

}  // namespace

std::optional<Failure> verdict_of_post(const http::Reply& reply, const Asked& asked) {
    auto failure = judge(reply, asked);
    if (failure) return with_operation(std::move(*failure), asked, "post");
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
    return with_operation(std::move(*failure), asked, "get");
}

Failure failure_of_error(const ErrorObject& error, int status, bool gateway_answered,
                         const Asked& asked) {
    const auto code = code_of(error, status);
    const Evidence evidence(error, status, gateway_answered, asked);
    const bool open = gave_up_waiting(status) || gave_up_waiting(evidence.status);
    Failure failure;
    failure.kind = kind_of_error(evidence, asked);
    failure.code = code;
    failure.message =
        fmt::format("HTTP {}: {}", status, error.message.empty() ? code : error.message);
    failure.billing = open ? Billing::unknown : Billing::none;
    failure.http_status = status;
    failure.told = error.told;
    failure.told_in_words = error.told_in_words;
    failure.endpoint_only = failure.kind == Kind::misconfigured;  // whoever says so is a gateway
    return failure;
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
