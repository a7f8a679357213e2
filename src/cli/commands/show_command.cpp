// nightshift show: one task with everything that is known of it.

#include "base/failure.hpp"
#include "base/text/terminal_text.hpp"
#include "base/timestamp.hpp"
#include "cli/input/arguments.hpp"
#include "cli/input/exit_code.hpp"
#include "cli/input/open_queue.hpp"
#include "jobs/remote/remote_task.hpp"
#include "json/json_limits.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <charconv>
#include <cstdio>

namespace nightshift::cli {
namespace {

using Json = nlohmann::ordered_json;

// Text that should be JSON, as JSON; else as a string. A reply may be nested deeper than can be
// copied and printed, and the parser takes a NUL for the end: these are strings, too.
Json parsed(const std::string& text) {
    const bool whole = text.find('\0') == std::string::npos;
    if (!whole || !is_within_json_bounds(text)) return text;
    auto json = Json::parse(text, nullptr, false);
    return json.is_discarded() ? Json(text) : json;
}

Json time_or_null(std::int64_t unix_ms) {
    return unix_ms > 0 ? Json(rfc3339(unix_ms)) : Json();
}

Json json_of(const AttemptRecord& attempt) {
    return {{"number", attempt.number},
            {"started_at", time_or_null(attempt.started_at)},
            {"ended_at", time_or_null(attempt.ended_at)},
            {"http_status", attempt.http_status > 0 ? Json(attempt.http_status) : Json()},
            {"request_id", attempt.request_id.empty() ? Json() : Json(attempt.request_id)},
            {"verdict", attempt.verdict},
            {"code", attempt.code.empty() ? Json() : Json(attempt.code)},
            {"message", attempt.message.empty() ? Json() : Json(attempt.message)},
            {"sent", attempt.sent},
            {"maybe_billed", attempt.maybe_billed}};
}

Json json_of(const TaskView& view) {
    const auto& row = view.row;
    Json json = {{"schema", 1},
                 {"id", row.id},
                 {"endpoint", row.endpoint},
                 {"model", row.model},
                 {"state", name_of(row.state)},
                 {"path", row.path}};
    json["body"] = parsed(row.body);
    json["stream"] = row.stream;
    json["envelope"] = parsed(row.envelope.empty() ? "{}" : row.envelope);
    json["manifest"] = row.manifest;
    json["line"] = row.line;
    json["queued_at"] = time_or_null(row.queued_at);
    json["started_at"] = time_or_null(row.started_at);
    json["submitted_at"] = time_or_null(row.submitted_at);
    json["ready_at"] = time_or_null(row.ready_at);
    json["error_kind"] = view.error_kind.empty() ? Json() : Json(view.error_kind);
    json["attempts"] = row.attempts;
    json["maybe_billed"] = row.maybe_billed;
    json["notes"] = row.notes;
    json["tries"] = Json::array();
    for (const auto& attempt : view.attempts) json["tries"].push_back(json_of(attempt));
    json["ledger"] = view.ledger_line ? parsed(*view.ledger_line) : Json();
    json["reply"] = view.reply ? parsed(*view.reply) : Json();
    return json;
}

void print_attempt(const AttemptRecord& attempt) {
    const auto answer = attempt.http_status > 0 ? fmt::format("HTTP {}", attempt.http_status)
                                                : std::string("no reply");
    fmt::print("  {:>3}  {}  {:>6} ms  {:<8}  {}{}{}\n", attempt.number,
               rfc3339(attempt.started_at), attempt.ended_at - attempt.started_at, answer,
               term_safe(attempt.verdict), attempt.sent ? "" : " (not sent)",
               attempt.maybe_billed ? " (may be billed)" : "");
    if (!attempt.request_id.empty())
        fmt::print("       request {}\n", term_safe(attempt.request_id));
    if (!attempt.message.empty()) fmt::print("       {}\n", term_safe(attempt.message));
}

// The note as people read it.
std::string spoken(const std::string& key, const std::string& value) {
    std::int64_t unix_s = 0;
    if (key == jobs::link_expiry_key)
        std::from_chars(value.data(), value.data() + value.size(), unix_s);
    return unix_s > 0 ? rfc3339(unix_s * 1000) : term_safe(value);
}

void print_text(const TaskView& view) {
    const auto& row = view.row;
    fmt::print("{}  {}  {} {}\n", term_safe(row.id), name_of(row.state), term_safe(row.endpoint),
               term_safe(row.model));
    fmt::print("  from {}:{}, queued {}\n", term_safe(row.manifest), row.line,
               rfc3339(row.queued_at));
    fmt::print("  POST {}\n  {}\n", term_safe(row.path), term_safe(row.body, 2000));
    for (const auto& [key, value] : row.notes)
        fmt::print("  {} {}\n", term_safe(key), spoken(key, value));
    fmt::print("attempts\n");
    for (const auto& attempt : view.attempts) print_attempt(attempt);
    if (!view.ledger_line) return;
    const auto line = parsed(*view.ledger_line);
    if (!line.is_object()) {
        throw StorageError("the ledger line of \"" + term_safe(row.id, 80) +
                           "\" in the queue is no JSON object: the queue was changed");
    }
    if (line.contains("error") && line["error"].is_object()) {
        fmt::print("error\n  {}: {}\n", term_safe(line["error"].value("kind", "")),
                   term_safe(line["error"].value("message", "")));
    }
    if (line.contains("text") && line["text"].is_string()) {
        fmt::print("text\n  {}\n", term_safe(line["text"].get<std::string>(), 4000));
    }
    for (const auto& output : line.value("outputs", Json::array())) {
        fmt::print("file\n  {}  {} bytes  sha256 {}\n", term_safe(output.value("path", "")),
                   output.value("bytes", std::int64_t{0}), term_safe(output.value("sha256", "")));
    }
    if (view.reply) fmt::print("reply\n  {}\n", term_safe(*view.reply, 4000));
}

}  // namespace

int show_command(const Arguments& arguments) {
    const auto folders = require_run_folder(arguments.dir);
    const auto store = open_for_reading(folders);
    const auto view = store->find(arguments.id);
    if (!view) {
        throw UsageError("unknown task \"" + term_safe(arguments.id) + "\" in " +
                         arguments.dir);
    }
    if (arguments.common.json) {
        fmt::print("{}\n", json_of(*view).dump(-1, ' ', false, Json::error_handler_t::replace));
    } else {
        print_text(*view);
    }
    return exit_ok;
}

}  // namespace nightshift::cli
