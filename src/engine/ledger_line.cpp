#include "engine/ledger_line.hpp"

#include "core/timestamp.hpp"
#include "engine/envelope.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>

namespace nightshift {
namespace {

using Json = nlohmann::ordered_json;

template <class T>
Json or_null(const std::optional<T>& value) {
    return value ? Json(*value) : Json(nullptr);
}

Json or_null(const std::string& text) {
    return text.empty() ? Json(nullptr) : Json(text);
}

Json time_or_null(std::int64_t unix_ms) {
    return unix_ms > 0 ? Json(rfc3339(unix_ms)) : Json(nullptr);
}

// Line ends inside JSON text are white space between its tokens.
std::string on_one_line(std::string json) {
    std::replace_if(
        json.begin(), json.end(), [](char c) { return c == '\n' || c == '\r'; }, ' ');
    return json;
}

Json usage_of(const Usage& usage) {
    return {{"input_tokens", or_null(usage.input_tokens)},
            {"output_tokens", or_null(usage.output_tokens)},
            {"reasoning_tokens", or_null(usage.reasoning_tokens)},
            {"cached_tokens", or_null(usage.cached_tokens)}};
}

Json outputs_of(const std::vector<Output>& outputs) {
    Json list = Json::array();
    for (const auto& output : outputs) {
        list.push_back({{"path", output.path},
                        {"bytes", output.bytes},
                        {"sha256", output.sha256},
                        {"media_type", output.media_type},
                        {"width", or_null(output.width)},
                        {"height", or_null(output.height)},
                        {"duration_s", or_null(output.duration_s)}});
    }
    return list;
}

Json error_of(const std::optional<Failure>& failure) {
    if (!failure) return nullptr;
    return {{"kind", name_of(failure->kind)},
            {"code", or_null(failure->code)},
            {"message", failure->message},
            {"retryable", is_retryable(failure->kind)}};
}

}  // namespace

std::string ledger_line(const Row& row, const Closing& closing) {
    const auto envelope = envelope_of(row.envelope);
    const auto& outcome = closing.outcome;
    const auto remote = row.notes.find("remote_id");
    Json line;
    line["schema"] = 1;
    line["id"] = row.id;
    line["endpoint"] = row.endpoint;
    line["model"] = row.model;
    line["state"] = name_of(closing.state);
    line["attempts"] = row.attempts;
    line["maybe_billed"] = row.maybe_billed;
    line["http_status"] = closing.http_status > 0 ? Json(closing.http_status) : Json(nullptr);
    line["request_id"] = or_null(closing.request_id);
    line["remote_id"] = remote != row.notes.end() ? Json(remote->second) : Json(nullptr);
    line["queued_at"] = time_or_null(row.queued_at);
    line["started_at"] = time_or_null(row.started_at);
    line["submitted_at"] = time_or_null(row.submitted_at);
    line["finished_at"] = time_or_null(closing.finished_at);
    line["latency_ms"] = or_null(closing.latency_ms);
    line["text"] = or_null(outcome.text);
    line["reasoning"] = or_null(outcome.reasoning);
    line["finish_reason"] = or_null(outcome.finish_reason);
    line["flags"] = outcome.flags;
    line["usage"] = usage_of(outcome.usage);
    line["cost"] = or_null(closing.cost);
    line["outputs"] = outputs_of(outcome.outputs);
    line["error"] = error_of(closing.failure);
    // The user's own values go in as they were written.
    auto text = line.dump(-1, ' ', false, Json::error_handler_t::replace);
    text.pop_back();
    text += ",\"tags\":" + on_one_line(envelope.tags);
    text += ",\"metadata\":" + on_one_line(envelope.metadata);
    const Json manifest = row.manifest;
    text += ",\"manifest\":" + manifest.dump(-1, ' ', false, Json::error_handler_t::replace);
    return text + ",\"line\":" + std::to_string(row.line) + "}";
}

}  // namespace nightshift
