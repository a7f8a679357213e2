// Lines whose body stands in them: OpenAI Batch and its relatives, Anthropic, Gemini (formats.md
// sections 1 to 6).

#include "base/text/did_you_mean.hpp"
#include "manifest/line_draft.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string>

namespace nightshift {
namespace {

// Takes the member `name` as the body; it must be an object.
bool take_body(const Fields& fields, std::string_view name, Draft& draft, Complaints& complaints) {
    const Field* field = fields.find(name);
    draft.body_at = '/' + std::string(name);
    if (!field->value.is_object()) {
        complaints.error(draft.body_at, fmt::format("\"{}\" must be an object, not {}", name,
                                                    type_in_words(field->value)));
        return false;
    }
    draft.body = field->raw;
    draft.body_value = field->value;
    return true;
}

// The text at `name` of the body, or "".
std::string_view body_text(const Draft& draft, std::string_view name) {
    std::string_view text;
    if (draft.body_value.at_key(name).get_string().get(text) != simdjson::SUCCESS) return {};
    return text;
}

bool check_method(const Fields& fields, Complaints& complaints) {
    const Field* method = fields.find("method");
    std::string_view text;
    if (method == nullptr || (text_of(method->value, text) && text == "POST")) return true;
    complaints.error("/method", "\"method\" must be \"POST\"", "or leave it out");
    return false;
}

void complain_of_path(std::string_view url, const EndpointTable& table, Complaints& complaints) {
    if (url.find("://") != std::string_view::npos) {
        return complaints.error("/url", "\"url\" is a full URL",
                                "write the path alone, such as /v1/videos; the host comes from "
                                "--base-url");
    }
    if (url.find(":streamGenerateContent") != std::string_view::npos) {
        return complaints.error("/url", "only server-sent events can be read from a stream",
                                "write :streamGenerateContent?alt=sse");
    }
    static const std::array<std::string_view, 6> foreign = {
        "/v1/responses",   "/v1/embeddings",           "/v1/completions",
        "/v1/moderations", "/v1/audio/transcriptions", "/v1/images/edits"};
    const auto paths = table.paths();
    const auto plain = url.substr(0, url.find('?'));
    if (std::find(foreign.begin(), foreign.end(), plain) != foreign.end() &&
        std::find(paths.begin(), paths.end(), plain) == paths.end()) {
        return complaints.error("/url", fmt::format("{} is not supported", plain),
                                "write the request for /v1/chat/completions or another endpoint of "
                                "`nightshift help manifest`");
    }
    const std::string* near = nearest_of(std::string(url), paths);
    if (near == nullptr && !url.empty()) near = nearest_of("/v1" + std::string(url), paths);
    std::string known;
    for (const auto& path : paths) known += (known.empty() ? "" : ", ") + path;
    complaints.error(
        "/url", fmt::format("no endpoint is at \"{}\"", url),
        near != nullptr ? fmt::format("did you mean {}?", *near) : "known paths: " + known);
}

// Endpoint, model and path from `url`.
bool take_url(std::string_view url, LineContext& context, Draft& draft, Complaints& complaints) {
    for (const char c : url) {
        const auto byte = static_cast<unsigned char>(c);
        if (byte > 0x20 && byte < 0x7F) continue;
        complaints.error("/url", "\"url\" holds a character that no URL may hold",
                         "percent-encode it");
        return false;
    }
    const std::size_t question = url.find('?');
    const std::string_view path = url.substr(0, question);
    auto target = context.table.of_path(url);
    if (target.spec == nullptr) target = context.table.of_path(path);
    if (target.spec == nullptr) {
        complain_of_path(url, context.table, complaints);
        return false;
    }
    const std::string_view query =
        question == std::string_view::npos ? std::string_view() : url.substr(question);
    if (query.find("key=") != std::string_view::npos) {
        complaints.error("/url", "\"url\" holds a key",
                         "remove it; the key comes from the environment or --api-key-file");
        return false;
    }
    draft.spec = target.spec;
    draft.path = url;
    draft.stream = target.stream;
    if (target.spec->model_in_path()) draft.model = target.model;
    return true;
}

}  // namespace

bool draft_request_line(const Fields& fields, LineContext& context, Draft& draft,
                        Complaints& complaints) {
    draft.form = Draft::Form::request_line;
    const bool method_good = check_method(fields, complaints);
    if (!take_body(fields, "body", draft, complaints)) return false;
    draft.model = body_text(draft, "model");
    const Field* url = fields.find("url");
    if (url == nullptr) {
        if (draft.model.empty()) {
            complaints.error("", "\"url\" is missing, and the body names no model to tell it from",
                             "add \"url\", such as \"/v1/chat/completions\"");
            return false;
        }
        draft.spec = &context.table.of_model(draft.model);
        return method_good;
    }
    std::string_view text;
    if (!text_of(url->value, text)) {
        complaints.error("/url",
                         fmt::format("\"url\" must be a text, not {}", type_in_words(url->value)));
        return false;
    }
    return take_url(text, context, draft, complaints) && method_good;
}

bool draft_anthropic_line(const Fields& fields, LineContext& context, Draft& draft,
                          Complaints& complaints) {
    draft.form = Draft::Form::anthropic_line;
    if (!take_body(fields, "params", draft, complaints)) return false;
    draft.spec = context.table.named("messages");
    draft.model = body_text(draft, "model");
    return draft.spec != nullptr;
}

bool draft_gemini_line(const Fields& fields, LineContext& context, Draft& draft,
                       Complaints& complaints) {
    draft.form = Draft::Form::gemini_line;
    if (!take_body(fields, "request", draft, complaints)) return false;
    draft.spec = context.table.named("generate_content");
    const Field* model = fields.find("model");
    if (model != nullptr && !text_of(model->value, draft.model)) {
        complaints.error(
            "/model", fmt::format("\"model\" must be a text, not {}", type_in_words(model->value)));
        return false;
    }
    if (draft.model.empty()) draft.model = body_text(draft, "model");
    if (draft.model.empty()) draft.model = context.options.default_model;
    static constexpr std::string_view prefix = "models/";  // as Google's own API names them
    if (draft.model.substr(0, prefix.size()) == prefix) draft.model.remove_prefix(prefix.size());
    if (!draft.model.empty()) return draft.spec != nullptr;
    complaints.error("", "the line names no model", "add \"model\", or give --model NAME");
    return false;
}

}  // namespace nightshift
