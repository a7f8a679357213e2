#include "ledger/ledger_line.hpp"

#include "base/timestamp.hpp"
#include "jobs/protocol/model_name.hpp"
#include "json/json_builder.hpp"
#include "ledger/ledger_envelope.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <concepts>
#include <iterator>

namespace nightshift {
namespace {

constexpr std::size_t columns_bytes = 900;  // a line without its texts

// `,"name":`, put together by the compiler.
class Key {
public:
    template <std::size_t size>
    consteval Key(const char (&name)[size]) : size_(size + 3) {
        static_assert(size + 3 <= sizeof text_);
        char* at = text_;
        *at++ = ',';
        *at++ = '"';
        for (std::size_t i = 0; i + 1 < size; ++i) *at++ = name[i];
        *at++ = '"';
        *at++ = ':';
    }
    std::string_view text(bool is_first) const {
        return std::string_view(text_, size_).substr(is_first ? 1 : 0);
    }

private:
    char text_[24] = {};
    std::size_t size_;
};

// A JSON object that is written member by member, without a tree of values in between: a night
// writes a hundred thousand of these.
class Members {
public:
    explicit Members(std::string& out) : out_(out) { out_ += '{'; }
    void end() { out_ += '}'; }

    // The key; what follows is its value, already JSON.
    std::string& named(const Key& key) {
        out_ += key.text(out_.back() == '{');
        return out_;
    }
    void raw(const Key& key, std::string_view json) { named(key) += json; }
    void text(const Key& key, std::string_view value) { append_json_quoted(named(key), value); }
    void text_unless_empty(const Key& key, std::string_view value) {
        value.empty() ? raw(key, "null") : text(key, value);
    }
    void text_or_null(const Key& key, const std::optional<std::string>& value) {
        value ? text(key, *value) : raw(key, "null");
    }
    template <std::integral Number>
    void number(const Key& key, Number value) {
        const fmt::format_int digits(value);
        named(key).append(digits.data(), digits.size());
    }
    // The shortest digits that read back as the same value; what is no number is null.
    void number(const Key& key, double value) {
        if (!std::isfinite(value)) return raw(key, "null");
        fmt::format_to(std::back_inserter(named(key)), "{}", value);
        if (value == std::trunc(value) && std::abs(value) < 1e15) out_ += ".0";
    }
    template <class Number>
    void number_or_null(const Key& key, const std::optional<Number>& value) {
        value ? number(key, *value) : raw(key, "null");
    }
    void time_or_null(const Key& key, std::int64_t unix_ms) {
        if (unix_ms <= 0) return raw(key, "null");
        auto& out = named(key);
        out += '"';
        append_rfc3339(out, unix_ms);
        out += '"';
    }

private:
    std::string& out_;
};

// Line ends inside JSON text are white space between its tokens.
std::string on_one_line(std::string json) {
    std::replace_if(
        json.begin(), json.end(), [](char c) { return c == '\n' || c == '\r'; }, ' ');
    return json;
}

void append_flags(std::string& out, const std::vector<std::string>& flags) {
    out += '[';
    for (const auto& flag : flags) {
        if (out.back() != '[') out += ',';
        append_json_quoted(out, flag);
    }
    out += ']';
}

void append_usage(std::string& out, const Usage& usage) {
    Members members(out);
    members.number_or_null("input_tokens", usage.input_tokens);
    members.number_or_null("output_tokens", usage.output_tokens);
    members.number_or_null("reasoning_tokens", usage.reasoning_tokens);
    members.number_or_null("cached_tokens", usage.cached_tokens);
    members.number_or_null("cache_write_tokens", usage.cache_write_tokens);
    members.end();
}

void append_outputs(std::string& out, const std::vector<Output>& outputs) {
    out += '[';
    for (const auto& output : outputs) {
        if (out.back() != '[') out += ',';
        Members members(out);
        members.text("path", output.path);
        members.number("bytes", output.bytes);
        members.text("sha256", output.sha256);
        members.text("media_type", output.media_type);
        members.number_or_null("width", output.width);
        members.number_or_null("height", output.height);
        members.number_or_null("duration_s", output.duration_s);
        members.end();
    }
    out += ']';
}

void append_error(std::string& out, const std::optional<Failure>& failure) {
    if (!failure) {
        out += "null";
        return;
    }
    Members members(out);
    members.text("kind", name_of(failure->kind));
    members.text_unless_empty("code", failure->code);
    members.text("message", failure->message);
    members.raw("retryable", is_retryable(failure->kind) ? "true" : "false");
    members.end();
}

}  // namespace

std::string ledger_line(const Row& row, const Closing& closing) {
    const auto envelope = envelope_of(row.envelope);
    const auto& outcome = closing.outcome;
    const auto remote = row.notes.find("remote_id");
    std::string text;
    text.reserve(columns_bytes + (outcome.text ? outcome.text->size() : 0) +
                 (outcome.reasoning ? outcome.reasoning->size() : 0) + row.envelope.size());
    Members line(text);
    line.number("schema", 1);
    line.text("id", row.id);
    line.text("endpoint", row.endpoint);
    line.text("model", row.model);
    line.text_or_null("answered_by",
                      outcome.model ? jobs::other_model(row.model, *outcome.model) : std::nullopt);
    line.text("state", name_of(closing.state));
    line.number("attempts", row.attempts);
    line.number("maybe_billed", row.maybe_billed);
    line.number_or_null(
        "http_status", closing.http_status > 0 ? std::optional(closing.http_status) : std::nullopt);
    line.text_unless_empty("request_id", closing.request_id);
    line.text_or_null("remote_id",
                      remote != row.notes.end() ? std::optional(remote->second) : std::nullopt);
    line.time_or_null("queued_at", row.queued_at);
    line.time_or_null("started_at", row.started_at);
    line.time_or_null("submitted_at", row.submitted_at);
    line.time_or_null("finished_at", closing.finished_at);
    line.number_or_null("latency_ms", closing.latency_ms);
    line.text_or_null("text", outcome.text);
    line.text_or_null("reasoning", outcome.reasoning);
    line.text_or_null("finish_reason", outcome.finish_reason);
    append_flags(line.named("flags"), outcome.flags);
    append_usage(line.named("usage"), outcome.usage);
    line.number_or_null("cost", closing.cost);
    append_outputs(line.named("outputs"), outcome.outputs);
    append_error(line.named("error"), closing.failure);
    // The user's own values go in as they were written.
    line.raw("tags", on_one_line(envelope.tags));
    line.raw("metadata", on_one_line(envelope.metadata));
    line.text("manifest", row.manifest);
    line.number("line", row.line);
    line.text_unless_empty("gateway", closing.gateway);
    line.end();
    return text;
}

}  // namespace nightshift

namespace nightshift::cli {

std::string cancelled_line(const Row& row, std::int64_t now, const std::string& gateway) {
    Closing closing;
    closing.state = State::cancelled;
    closing.finished_at = now;
    closing.gateway = gateway;
    if (row.cost > 0) closing.cost = row.cost;
    return ledger_line(row, closing);
}

}  // namespace nightshift::cli
