#include "cli/run_log.hpp"

#include "core/limits.hpp"
#include "core/term_safe.hpp"
#include "core/timestamp.hpp"

#include <fmt/format.h>

#include <chrono>

namespace nightshift::cli {
namespace {

constexpr LineWriterBounds bounds{.file_bytes = limits::log_file_bytes,
                                  .files = limits::log_files,
                                  .backlog_bytes = limits::log_backlog_bytes,
                                  .drain_s = limits::log_drain_s};

}  // namespace

RunLog::RunLog(const std::filesystem::path& path, ProgressListener& screen)
    : file_(path, bounds), screen_(screen) {}

void RunLog::line(const std::string& text) {
    const auto now = std::chrono::duration_cast<std::chrono::milliseconds>(
        std::chrono::system_clock::now().time_since_epoch());
    file_.write(rfc3339(now.count()) + " " + text + "\n");
}

void RunLog::on_task(const TaskEvent& event) {
    if (event.state == State::pending) {
        line(fmt::format("again {} {}: {}", term_safe(event.id), event.kind,
                         term_safe(event.message)));
    } else {
        line(fmt::format("{} {} attempts={} {:.3f}s {} {}", name_of(event.state),
                         term_safe(event.id), event.attempts, event.latency_s, event.kind,
                         term_safe(event.message)));
    }
    screen_.on_task(event);
}

void RunLog::on_notice(const std::string& text) {
    line(term_safe(text));
    screen_.on_notice(text);
}

}  // namespace nightshift::cli
