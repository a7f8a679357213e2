#include "cli/run/run_log.hpp"

#include "base/bounds.hpp"
#include "base/clock.hpp"
#include "base/text/terminal_text.hpp"
#include "base/timestamp.hpp"

#include <fmt/compile.h>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <iterator>

namespace nightshift::cli {
namespace {

constexpr LineWriterBounds bounds{.file_bytes = limits::log_file_bytes,
                                  .files = limits::log_files,
                                  .backlog_bytes = limits::log_backlog_bytes,
                                  .drain_s = limits::log_drain_s};

using Json = nlohmann::ordered_json;

std::string line_of(const Json& json) {
    return json.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n";
}

Json json_of(const TaskEvent& event) {
    Json json = {{"time", rfc3339(unix_ms())},
                 {"event", "task"},
                 {"id", event.id},
                 {"endpoint", event.endpoint},
                 {"model", event.model},
                 {"state", event.state == State::pending ? "again" : name_of(event.state)},
                 {"attempts", event.attempts},
                 {"latency_s", event.latency_s}};
    json["http_status"] = event.http_status > 0 ? Json(event.http_status) : Json();
    json["kind"] = event.kind.empty() ? Json() : Json(event.kind);
    json["message"] = event.message.empty() ? Json() : Json(event.message);
    return json;
}

// There is one for each task.
std::string text_of_end(const TaskEvent& event) {
    auto line = rfc3339(unix_ms());
    fmt::format_to(std::back_inserter(line), FMT_COMPILE(" {} {} attempts={} {:.3f}s {} {}\n"),
                   name_of(event.state), term_safe(event.id), event.attempts, event.latency_s,
                   event.kind, term_safe(event.message));
    return line;
}

}  // namespace

RunLog::RunLog(const std::filesystem::path& path, Format format, ProgressListener& screen)
    : file_(path, bounds), format_(format), screen_(screen) {}

void RunLog::write(const char* event, const std::string& text) {
    if (format_ == Format::text) return file_.write(rfc3339(unix_ms()) + " " + text + "\n");
    file_.write(line_of({{"time", rfc3339(unix_ms())}, {"event", event}, {"message", text}}));
}

void RunLog::line(const std::string& text) {
    write("run", text);
}

void RunLog::on_task(const TaskEvent& event) {
    if (format_ == Format::json) {
        file_.write(line_of(json_of(event)));
    } else if (event.state == State::pending) {
        write("task", fmt::format("again {} {}: {}", term_safe(event.id), event.kind,
                                  term_safe(event.message)));
    } else {
        file_.write(text_of_end(event));
    }
    screen_.on_task(event);
}

void RunLog::on_notice(const std::string& text) {
    write("notice", term_safe(text));
    screen_.on_notice(text);
}

}  // namespace nightshift::cli
