#include "cli/run/resume_command.hpp"

#include "base/text/shell_word.hpp"

#include <fmt/format.h>

#include <optional>
#include <vector>

namespace nightshift::cli {
namespace {

class Words {
public:
    explicit Words(std::string start) : text_(std::move(start)) {}

    void add(const char* flag, const std::string& value) {
        if (!value.empty()) text_ += fmt::format(" {} {}", flag, shell_word(value));
    }
    void add(const char* flag, const std::optional<std::string>& value) {
        add(flag, value.value_or(""));
    }
    template <class Number>
    void add(const char* flag, const std::optional<Number>& value) {
        if (value) add(flag, fmt::format("{}", *value));
    }
    void add(const char* flag, const std::vector<std::string>& values) {
        for (const auto& value : values) add(flag, value);
    }
    void add(const char* flag, bool is_set) {
        if (is_set) text_ += fmt::format(" {}", flag);
    }
    std::string take() { return std::move(text_); }

private:
    std::string text_;
};

}  // namespace

std::string resume_command(const RunArguments& run, const std::string& dir, RunBound stopped_by) {
    Words words("nightshift run -o " + shell_word(dir));
    words.add("--sandbox", run.sandbox);
    words.add("--sandbox-faults", run.sandbox_faults);
    words.add("--sandbox-limits", run.sandbox_limits);
    words.add("--sandbox-speed", run.sandbox_speed);
    words.add("--base-url", run.gateway.base_url);
    words.add("--api-key-file", run.gateway.api_key_file);
    words.add("--config", run.config);
    words.add("-j", run.concurrency);
    words.add("--only", run.only);
    words.add("--limit", run.limit);
    words.add("--max-attempts", run.max_attempts);
    words.add("--retry-base", run.retry_base);
    words.add("--poll-interval", run.poll_interval);
    words.add("--timeout", run.timeout);
    words.add("--deadline", run.deadline);
    words.add("--resend", run.resend);
    words.add("--max-duration", run.max_duration);
    if (stopped_by == RunBound::budget) {
        words.add("--budget", std::string("AMOUNT"));
    } else {
        words.add("--budget", run.budget);
    }
    words.add("--fail-fast", run.fail_fast.value_or(false));
    words.add("--text-files", run.text_files.value_or(false));
    words.add("--progress", run.progress);
    words.add("--metrics-file", run.metrics_file);
    words.add("--log-file", run.log_file);
    words.add("--log-format", run.log_format);
    words.add("--on-done", run.on_done);
    return words.take();
}

}  // namespace nightshift::cli
