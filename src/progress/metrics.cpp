#include "progress/metrics.hpp"

#include <fmt/format.h>

#include <cmath>

namespace nightshift::screen {
namespace {

// Label values: backslash, quote and line feed are escaped, nothing else.
std::string label(const std::string& text) {
    std::string escaped;
    for (const char c : text) {
        if (c == '\n') {
            escaped += "\\n";
            continue;
        }
        if (c == '\\' || c == '"') escaped += '\\';
        escaped += c;
    }
    return escaped;
}

void head(std::string& text, const std::string& name, const char* type, const char* help) {
    text += fmt::format("# HELP {} {}\n# TYPE {} {}\n", name, help, name, type);
}

void one(std::string& text, const std::string& name, const char* type, const char* help,
         double value) {
    head(text, name, type, help);
    text += fmt::format("{} {}\n", name, value);
}

void add_tasks(std::string& text, const RunStatus& status) {
    head(text, "nightshift_tasks", "gauge", "Tasks of this run by state.");
    for (const auto& lane : status.lanes) {
        const auto ended = lane.succeeded + lane.failed + lane.held + lane.cancelled;
        const std::pair<State, std::int64_t> counts[] = {
            {State::pending, lane.total - ended - lane.running - lane.submitted},
            {State::running, lane.running},
            {State::submitted, lane.submitted},
            {State::succeeded, lane.succeeded},
            {State::failed, lane.failed},
            {State::held, lane.held},
            {State::cancelled, lane.cancelled}};
        for (const auto& [state, count] : counts) {
            text +=
                fmt::format("nightshift_tasks{{endpoint=\"{}\",model=\"{}\",state=\"{}\"}} {}\n",
                            label(lane.endpoint), label(lane.model), name_of(state), count);
        }
    }
}

// One line for each lane.
template <class Value>
void add_lanes(std::string& text, const std::string& name, const RunStatus& status, Value value) {
    for (const auto& lane : status.lanes) {
        text += fmt::format("{}{{endpoint=\"{}\",model=\"{}\"}} {}\n", name, label(lane.endpoint),
                            label(lane.model), value(lane));
    }
}

// Of work that is done here, whatever the gateway does.
void add_local(std::string& text, const RunStatus& status) {
    head(text, "nightshift_retry_tokens", "gauge", "Second tries that a lane may make now.");
    add_lanes(text, "nightshift_retry_tokens", status,
              [](const LaneStatus& lane) { return std::floor(lane.retry_tokens); });
    head(text, "nightshift_output_bytes_total", "counter", "Of files that were kept in this run.");
    add_lanes(text, "nightshift_output_bytes_total", status,
              [](const LaneStatus& lane) { return lane.output_bytes; });
    head(text, "nightshift_commit_duration_seconds", "summary",
         "Of the queue's transactions with their ledger lines.");
    text += fmt::format("nightshift_commit_duration_seconds_sum {}\n", status.commits_s);
    text += fmt::format("nightshift_commit_duration_seconds_count {}\n", status.commits);
}

}  // namespace

void Metrics::on_accepted(const std::string& endpoint, int http_status) {
    ++endpoints_[endpoint].responses[http_status];
}

void Metrics::on_task(const TaskEvent& event) {
    if (!event.tried) return;
    const bool good = event.state == State::succeeded;
    auto& endpoint = endpoints_[event.endpoint];
    const auto outcome = good ? std::string_view("ok") : std::string_view(event.kind);
    const auto known = endpoint.attempts.find(outcome);
    ++(known != endpoint.attempts.end() ? known->second : endpoint.attempts[std::string(outcome)]);
    if (event.http_status > 0) ++endpoint.responses[event.http_status];
    if (!good || event.latency_s <= 0) return;
    endpoint.makes_videos = event.endpoint == "videos" || event.endpoint == "video_generations";
    auto& histogram = endpoint.durations;
    ++histogram.count;
    histogram.sum_s += event.latency_s;
    for (std::size_t i = 0; i < bounds_s.size(); ++i) {
        if (event.latency_s <= bounds_s[i]) ++histogram.below[i];
    }
}

void Metrics::look(const RunStatus& status, double elapsed_s) {
    for (const auto& lane : status.lanes) {
        auto& waited_s = waited_s_[lane.endpoint];
        if (!lane.waiting.empty()) waited_s += elapsed_s - elapsed_s_;
    }
    status_ = status;
    elapsed_s_ = elapsed_s;
}

void Metrics::add(std::string& text, const std::string& name, bool of_videos) const {
    for (const auto& [endpoint_name, endpoint] : endpoints_) {
        const auto& histogram = endpoint.durations;
        if (histogram.count == 0 || endpoint.makes_videos != of_videos) continue;
        const auto labels = "endpoint=\"" + label(endpoint_name) + "\"";
        for (std::size_t i = 0; i < bounds_s.size(); ++i) {
            text += fmt::format("{}_bucket{{{},le=\"{}\"}} {}\n", name, labels, bounds_s[i],
                                histogram.below[i]);
        }
        text += fmt::format("{}_bucket{{{},le=\"+Inf\"}} {}\n", name, labels, histogram.count);
        text += fmt::format("{}_sum{{{}}} {}\n", name, labels, histogram.sum_s);
        text += fmt::format("{}_count{{{}}} {}\n", name, labels, histogram.count);
    }
}

std::string Metrics::text() const {
    std::string text;
    head(text, "nightshift_build_info", "gauge", "The version that runs.");
    text += fmt::format("nightshift_build_info{{version=\"{}\"}} 1\n", NIGHTSHIFT_VERSION);
    add_tasks(text, status_);
    head(text, "nightshift_attempts_total", "counter",
         "Attempts that ended in this run: ok, or an error kind.");
    for (const auto& [name, endpoint] : endpoints_) {
        for (const auto& [outcome, count] : endpoint.attempts) {
            text += fmt::format("nightshift_attempts_total{{endpoint=\"{}\",outcome=\"{}\"}} {}\n",
                                label(name), label(outcome), count);
        }
    }
    head(text, "nightshift_http_responses_total", "counter", "Replies to POSTs by HTTP status.");
    for (const auto& [name, endpoint] : endpoints_) {
        for (const auto& [status, count] : endpoint.responses) {
            text +=
                fmt::format("nightshift_http_responses_total{{endpoint=\"{}\",code=\"{}\"}} {}\n",
                            label(name), status, count);
        }
    }
    head(text, "nightshift_request_duration_seconds", "histogram",
         "Of requests that succeeded, from the first byte of the POST to the result.");
    add(text, "nightshift_request_duration_seconds", false);
    head(text, "nightshift_video_wait_seconds", "histogram",
         "Of videos that succeeded, from the POST to the file.");
    add(text, "nightshift_video_wait_seconds", true);
    head(text, "nightshift_inflight", "gauge", "POSTs under way.");
    std::map<std::string, std::int64_t> running;
    for (const auto& lane : status_.lanes) running[lane.endpoint] += lane.running;
    for (const auto& [endpoint, count] : running) {
        text += fmt::format("nightshift_inflight{{endpoint=\"{}\"}} {}\n", label(endpoint), count);
    }
    head(text, "nightshift_rate_wait_seconds_total", "counter",
         "Time that lanes waited for the gateway, summed over the lanes.");
    for (const auto& [endpoint, waited_s] : waited_s_) {
        text += fmt::format("nightshift_rate_wait_seconds_total{{endpoint=\"{}\"}} {}\n",
                            label(endpoint), waited_s);
    }
    add_local(text, status_);
    one(text, "nightshift_retries_total", "counter", "Tasks that went back to the queue.",
        static_cast<double>(status_.retries));
    one(text, "nightshift_possible_duplicates_total", "counter",
        "Requests of unknown outcome: they may have been paid.",
        static_cast<double>(status_.maybe_billed));
    if (status_.cost) {
        one(text, "nightshift_cost", "gauge",
            "Paid by the run directory, in the unit of the price table.", *status_.cost);
    }
    if (status_.disk_left_bytes) {
        one(text, "nightshift_disk_left_bytes", "gauge", "Free where the run directory is.",
            static_cast<double>(*status_.disk_left_bytes));
    }
    one(text, "nightshift_run_seconds", "gauge", "Since the run began.", elapsed_s_);
    return text;
}

}  // namespace nightshift::screen
