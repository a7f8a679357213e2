#include "cli/run_log.hpp"

#include "core/failure.hpp"
#include "core/limits.hpp"
#include "core/term_safe.hpp"

#include <fmt/format.h>
#include <spdlog/logger.h>
#include <spdlog/sinks/rotating_file_sink.h>

#include <cstdio>
#include <sys/stat.h>

namespace nightshift::cli {
namespace {

spdlog::file_event_handlers owner_only() {
    spdlog::file_event_handlers handlers;
    handlers.after_open = [](const spdlog::filename_t&, std::FILE* file) {
        fchmod(fileno(file), 0600);
    };
    return handlers;
}

}  // namespace

struct RunLog::Sink {
    explicit Sink(const std::filesystem::path& path)
        : logger("run", std::make_shared<spdlog::sinks::rotating_file_sink_st>(
                            path.string(), limits::log_file_bytes, limits::log_files, false,
                            owner_only())) {
        logger.set_pattern("%Y-%m-%dT%H:%M:%S.%eZ %v", spdlog::pattern_time_type::utc);
        // A log that cannot be written must not end a run; the queue will say that the disk is
        // full.
        logger.set_error_handler([](const std::string&) {});
    }
    spdlog::logger logger;
};

RunLog::RunLog(const std::filesystem::path& path, ProgressListener& screen) : screen_(screen) {
    try {
        sink_ = std::make_unique<Sink>(path);
    } catch (const spdlog::spdlog_ex& error) {
        throw StorageError("open " + path.string() + ": " + error.what());
    }
}

RunLog::~RunLog() = default;

void RunLog::line(const std::string& text) {
    sink_->logger.info(text);
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
