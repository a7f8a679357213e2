#include "tests/pacing/paced_gateway.hpp"

#include "base/base64.hpp"
#include "base/random.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace nightshift::test {
namespace {

const std::string host = "https://results.example/";

http::Reply reply_of(int status, std::string body) {
    http::Reply reply;
    reply.status = status;
    reply.sent = true;
    reply.headers = {{"content-type", "application/json"}};
    if (status != 200) reply.headers.emplace_back("x-oneapi-request-id", "r");
    reply.body = std::move(body);
    return reply;
}

http::Reply answer(const PacedTask& task) {
    return reply_of(200, fmt::format(R"({{"choices":[{{"index":0,"message":{{"role":"assistant",)"
                                     R"("content":"good"}},"finish_reason":"stop"}}],"usage":)"
                                     R"({{"prompt_tokens":{},"completion_tokens":{}}}}})",
                                     task.estimate.input_tokens, task.output_tokens));
}

// ftyp, and an mdat of two hundred bytes.
std::string video() {
    return *decode_base64("AAAAGGZ0eXBpc29tAAACAGlzb21pc28y") + std::string("\0\0\0\xd0", 4) +
           "mdat" + std::string(200, 'v');
}

}  // namespace

PacedGateway::PacedGateway(VirtualClock& clock, const PacedCase& the_case, std::uint64_t seed)
    : clock_(clock),
      case_(the_case),
      seed_(seed),
      began_(clock.now()),
      limits_(the_case.hidden, 1),
      work_(the_case.tasks.size()) {
    for (std::size_t i = 0; i < the_case.tasks.size(); ++i) {
        const auto& task = the_case.tasks[i];
        by_body_[task.body] = i;
        auto& lane = lanes_[task.model];
        ++lane.not_started;
        lane.last_start = began_;
    }
}

PacedGateway::Fate PacedGateway::draw(std::size_t task, int attempt) const {
    if (now_s() < case_.chances.from_s || now_s() >= case_.chances.to_s) return Fate::well;
    Random random(seed_ * 1'000'003 + task * 31 + static_cast<std::size_t>(attempt));
    random.bits();
    double dice = random.unit();
    const auto falls = [&dice](double chance) { return (dice -= chance) < 0; };
    if (falls(case_.chances.refused)) return Fate::refused;
    if (falls(case_.chances.error)) return Fate::error;
    if (falls(case_.chances.reset)) return Fate::reset;
    if (falls(case_.chances.hung)) return Fate::hung;
    return Fate::well;
}

sandbox::Call PacedGateway::call_of(const PacedTask& task) const {
    sandbox::Call call;
    call.method = "POST";
    call.path = task.path;
    call.route.endpoint =
        task.endpoint == "videos" ? sandbox::Endpoint::videos : sandbox::Endpoint::chat_completions;
    call.model = task.model;
    return call;
}

void PacedGateway::note_start(const PacedTask& task, Work& work) {
    auto& lane = lanes_[task.model];
    if (lane.not_started > 0) {
        stats_.longest_gap_s =
            std::max(stats_.longest_gap_s, to_seconds(clock_.now() - lane.last_start));
    }
    lane.last_start = clock_.now();
    if (!std::exchange(work.started, true)) --lane.not_started;
}

Async<http::Reply> PacedGateway::send(http::Request request) {
    const auto task = by_body_.find(request.body);
    if (request.method == "POST" && task != by_body_.end()) {
        auto reply = co_await post(task->second, request);
        co_return reply;
    }
    co_await clock_.sleep_until(clock_.now() + seconds(case_.round_trip_s));
    const auto& url = request.url.text();
    const auto remote_id = url.substr(url.rfind('/') + 1);
    if (url.starts_with(host)) {
        co_await clock_.sleep_until(clock_.now() + seconds(1));
        co_return fetch(remote_id, *request.sink);
    }
    co_return poll(remote_id);
}

Async<http::Reply> PacedGateway::post(std::size_t index, const http::Request& request) {
    const auto& task = case_.tasks[index];
    auto& work = work_[index];
    auto fate = draw(index, work.posts);
    const bool enough = stats_.by_chance >= case_.chances.refused_most;
    if (fate == Fate::refused && enough) fate = Fate::well;
    ++stats_.posts;
    if (work.posts > 0 && work.last != Fate::refused) ++stats_.retries;
    ++work.posts;
    work.last = fate;
    note_start(task, work);
    const auto sent_at = clock_.now();
    Random jitter(index * 7 + static_cast<std::size_t>(work.posts));
    const auto way = seconds(case_.round_trip_s / 2 * jitter.between(0.8, 1.2));
    co_await clock_.sleep_until(clock_.now() + way);
    http::Reply reply;
    if (fate == Fate::refused) {
        ++stats_.by_chance;
        reply = reply_of(429, index % 2 == 0 ? "" : R"({"error":{"message":"busy","code":""}})");
        const double told_s = case_.chances.retry_after_s;
        if (told_s > 0) reply.headers.emplace_back("retry-after", fmt::format("{}", told_s));
    } else {
        const sandbox::Estimate tokens(task.estimate.input_tokens, task.estimate.output_tokens_max);
        const auto no = limits_.enter(call_of(task), tokens, now_ms());
        if (no) {
            ++stats_.refused;
            work.last = Fate::refused;
            reply = reply_of(no->status, no->body);
        } else {
            reply = co_await work_on(task, fate, request);
        }
    }
    co_await clock_.sleep_until(clock_.now() + way);
    reply.sent_at = sent_at;
    stats_.in_flight_s += to_seconds(clock_.now() - sent_at);
    reply.sent = true;
    if (reply.status == 200 && task.endpoint != "videos") stats_.last_done_s = now_s();
    co_return reply;
}

Async<http::Reply> PacedGateway::work_on(const PacedTask& task, Fate fate,
                                         const http::Request& request) {
    const auto call = call_of(task);
    if (task.endpoint == "videos") {
        limits_.leave(call);
        const auto id = "task_" + task.id;
        videos_[id] = {.done_at = clock_.now() + seconds(task.work_s)};
        limits_.add_task(call, now_ms() + static_cast<std::int64_t>(task.work_s * 1000));
        co_return reply_of(200,
                           fmt::format(R"({{"id":"{0}","task_id":"{0}","status":"queued"}})", id));
    }
    http::Reply reply;
    const auto begun = clock_.now();
    double work_s = limits_.work_seconds(call, task.work_s);
    if (fate == Fate::error) work_s = 0.2;
    co_await clock_.sleep_until(begun + seconds(work_s));
    limits_.leave(call, fate == Fate::error ? 0 : task.output_tokens, now_ms());
    if (fate == Fate::well) co_return answer(task);
    if (fate == Fate::error) {
        co_return reply_of(500, R"({"error":{"message":"no","code":"server_error"}})");
    }
    if (fate == Fate::hung) {
        co_await clock_.sleep_until(begun + request.timeout);
        reply.trouble = http::Trouble::timeout;
    } else {
        reply.trouble = http::Trouble::reset;
    }
    co_return reply;
}

Instant PacedGateway::done_at(const std::string& remote_id) const {
    return videos_.at(remote_id).done_at;
}

http::Reply PacedGateway::poll(const std::string& remote_id) {
    ++stats_.polls;
    auto& video = videos_[remote_id];
    if (clock_.now() < video.done_at) {
        return reply_of(200, fmt::format(R"({{"id":"{}","status":"in_progress"}})", remote_id));
    }
    if (!std::exchange(video.noticed, true)) {
        ++stats_.noticed;
        stats_.lateness_s += to_seconds(clock_.now() - video.done_at);
    }
    return reply_of(200, fmt::format(R"({{"id":"{0}","status":"completed","metadata":)"
                                     R"({{"url":"{1}{0}"}}}})",
                                     remote_id, host));
}

http::Reply PacedGateway::fetch(const std::string& remote_id, http::Sink& sink) {
    ++stats_.downloads;
    auto& item = videos_[remote_id];
    const auto bytes = video();
    auto reply = reply_of(200, "");
    reply.headers = {{"content-type", "video/mp4"},
                     {"content-length", std::to_string(bytes.size())},
                     {"etag", "\"1\""}};
    Random random(std::hash<std::string>{}(remote_id) ^ seed_);
    const bool cut = !item.cut_once && random.unit() < case_.chances.cut;
    item.cut_once = true;
    if (!sink.head(200, reply.headers)) {
        reply.trouble = http::Trouble::sink;
        return reply;
    }
    sink.write(cut ? std::string_view(bytes).substr(0, 100) : std::string_view(bytes));
    if (cut) reply.trouble = http::Trouble::truncated;
    if (!cut) stats_.last_done_s = now_s();
    return reply;
}

}  // namespace nightshift::test
