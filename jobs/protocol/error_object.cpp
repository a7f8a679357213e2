// Envelopes: wire contract 3.5, 4.4, 5.5, 7, 8.3, 10.2. A flat error wraps the upstream's body as a
// string in `message`; it is parsed again for its code. MiniMax errors are a number in a sentence.

#include "jobs/protocol/error_object.hpp"

#include "base/bounds.hpp"
#include "base/text/terminal_text.hpp"
#include "jobs/protocol/error_details.hpp"
#include "jobs/protocol/json_reply.hpp"

#include <algorithm>
#include <cctype>

namespace nightshift {
namespace {

using namespace jobs;

constexpr std::string_view minimax_words = "minimax TTS error: ";
constexpr int nesting_max = 3;  // replies as strings within replies

bool is_key_char(char c) {
    return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '-' || c == '_' || c == '*';
}

// "sk-abc..." -> "sk-***", wherever a word begins so.
std::string mask_keys(std::string_view text) {
    std::string out;
    for (std::size_t i = 0; i < text.size();) {
        const bool word_start = i == 0 || !is_key_char(text[i - 1]);
        std::string_view prefix;
        for (const std::string_view each : {"sk-", "AIza"}) {
            if (word_start && text.substr(i).starts_with(each)) prefix = each;
        }
        if (prefix.empty()) {
            out += text[i++];
            continue;
        }
        out.append(prefix).append("***");
        while (i < text.size() && is_key_char(text[i])) ++i;
    }
    return out;
}

bool means_success(std::string_view code) {
    std::string folded(code);
    std::transform(folded.begin(), folded.end(), folded.begin(),
                   [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    for (const std::string_view word : {"", "0", "200", "success", "succeeded", "ok", "none"}) {
        if (folded == word) return true;
    }
    return false;
}

// What an endpoint is asked for. Beside it a remark is no error.
bool has_answer(JsonElement root) {
    return find_value(root, "choices.0") || find_value(root, "candidates.0") ||
           find_value(root, "content") || find_value(root, "data.0");
}

ErrorObject parse(std::string_view body, int depth);

// Codes under which the gateway hands on what an upstream said.
bool is_wrapper(const ErrorObject& error) {
    for (const std::string_view code :
         {"", "fail_to_fetch_task", "ali_api_error", "bad_response", "bad_response_status_code",
          "upstream_error", "openai_error"}) {
        if (error.code == code) return true;
    }
    return error.type == "upstream_error";
}

// The code in what a wrapping error says: another body, or "Code: text", or MiniMax's number.
void unwrap_message(ErrorObject& error, std::string_view message, int depth) {
    auto take = [&error](std::string code) {
        if (error.outer_code.empty()) error.outer_code = error.code;
        error.code = std::move(code);
    };
    if (!message.starts_with('{') && !is_wrapper(error)) return;
    const auto minimax = message.find(minimax_words);
    if (minimax != std::string_view::npos) {
        auto digits = message.substr(minimax + minimax_words.size());
        digits = digits.substr(0, digits.find_first_not_of("0123456789"));
        if (!digits.empty()) take(std::string(digits));
        return;
    }
    const auto brace = message.find_first_of("{[");
    if (brace != std::string_view::npos && depth < nesting_max) {
        const auto end = message.find_last_of("}]");
        if (end == std::string_view::npos || end < brace) return;
        const auto inner = parse(message.substr(brace, end + 1 - brace), depth + 1);
        if (!inner.present) return;
        if (!inner.code.empty()) take(inner.code);
        if (!inner.type.empty()) error.type = inner.type;
        if (!inner.message.empty()) error.message = inner.message;
        return;
    }
    if (error.code == "ali_api_error") {
        const auto colon = message.find(':');
        const auto word = message.substr(0, colon);
        const bool one_word = word.find(' ') == std::string_view::npos;
        if (colon != std::string_view::npos && one_word) take(std::string(word));
    }
}

// What an `error` member says: an object in any vendor's spelling, or a sentence.
void read_member(ErrorObject& error, JsonElement member, std::string& message) {
    if (member.is_string()) {
        message = string_at(member, "");
        if (means_success(message)) message.clear();
        return;
    }
    error.code = scalar_at(member, "code");
    error.type = scalar_at(member, "type");
    if (error.type.empty()) error.type = string_at(member, "status");  // Google's own
    message = string_at(member, "message");
    if (message.empty()) message = string_at(member, "msg");
    const auto within = find_value(member, "error");
    if (within && message.empty() && error.code.empty()) read_member(error, *within, message);
}

// An `error` whose code is zero is none where its words agree, or where an answer is there.
bool is_no_error(const ErrorObject& error, std::string_view message, JsonElement root) {
    return !error.code.empty() && means_success(error.code) && means_success(error.type) &&
           (means_success(message) || has_answer(root));
}

// Errors that are not under `error`: flat, MiniMax's base_resp, success:false, FastAPI's detail.
void read_flat(ErrorObject& error, JsonElement root, std::string& message) {
    const auto vendor_code = scalar_at(root, "base_resp.status_code");
    if (!means_success(vendor_code)) {
        error.code = vendor_code;
        error.outer_code = "base_resp";
        message = string_at(root, "base_resp.status_msg");
        return;
    }
    auto said = string_at(root, "message");
    if (said.empty()) said = string_at(root, "msg");
    auto code = scalar_at(root, "code");
    for (const auto* name : {"statusCode", "status_code", "status"}) {
        const auto status = integer_at(root, name).value_or(0);
        if (code.empty() && status >= 400 && status < 600) code = std::to_string(status);
    }
    if (string_at(root, "object") == "error") {
        error.type = string_at(root, "type");
        if (code.empty()) code = "error";
    }
    const auto success = find_value(root, "success");
    const bool refused = success && success->is_bool() && !is_true_at(*success, "");
    if (!means_success(code) && !has_answer(root)) {
        error.code = code;
        message = said;
    } else if (refused) {
        message = said.empty() ? "success is false" : std::string(said);
    } else if (!string_at(root, "detail").empty() && !has_answer(root)) {
        message = string_at(root, "detail");
    }
}

ErrorObject parse(std::string_view body, int depth) {
    ErrorObject error;
    const auto json = Json::parse(meat_of(body));
    if (!json) return error;
    auto root = json->root();
    if (const auto first = root.is_array() ? find(root, "0") : std::nullopt) root = *first;
    if (!root.is_object()) return error;
    std::string message;
    if (const auto member = find_value(root, "error")) read_member(error, *member, message);
    if (is_no_error(error, message, root)) {
        error = {};
        message.clear();
    }
    const bool empty = error.code.empty() && error.type.empty() && message.empty();
    if (empty) read_flat(error, root, message);
    error.present = !(error.code.empty() && error.type.empty() && message.empty());
    error.message = gateway_words(message);
    unwrap_message(error, message, depth);
    error.code = term_safe(error.code, 100);
    error.type = term_safe(error.type, 100);
    if (error.present && depth == 0) read_details(error, root);
    return error;
}

}  // namespace

std::string gateway_words(std::string_view text) {
    // Masked before it is cut, so that no key survives at the cut; bounded before that.
    return term_safe(mask_keys(text.substr(0, limits::error_body_bytes)), limits::message_bytes);
}

ErrorObject error_object_of(std::string_view body) {
    return parse(body, 0);
}

}  // namespace nightshift
