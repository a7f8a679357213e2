#include "tests/fakes/virtual_world.hpp"

#include "base/bounds.hpp"
#include "engine/engine.hpp"
#include "storage/sqlite/store.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <nlohmann/json.hpp>

#include <algorithm>

namespace nightshift::test {
namespace {

class Told : public ProgressListener {
public:
    explicit Told(Ran& ran) : ran_(ran) {}
    void on_task(const TaskEvent& event) override { ran_.events.push_back(event); }
    void on_notice(const std::string& text) override { ran_.notices.push_back(text); }

private:
    Ran& ran_;
};

void set_wall_clock(VirtualClock& clock, double at_s, std::vector<WallJump>& jumps) {
    while (!jumps.empty() && at_s >= jumps.front().at_s) {
        clock.jump_wall(jumps.front().ms);
        jumps.erase(jumps.begin());
    }
}

Async<void> whole_night(Engine& engine, Stop& stop, bool& ended) {
    stop = co_await engine.run();
    ended = true;
}

ScriptedTransport::Latency always(double latency_s) {
    return [latency_s](const Exchange&) { return latency_s; };
}

}  // namespace

std::string Exchange::header(std::string_view name) const {
    const auto found = std::find_if(headers.begin(), headers.end(),
                                    [&](const auto& field) { return field.first == name; });
    return found == headers.end() ? "" : found->second;
}

Async<http::Reply> ScriptedTransport::send(http::Request request) {
    Exchange exchange;
    exchange.method = request.method;
    exchange.path = request.url.path();
    exchange.origin = request.url.root();
    if (request.headers) exchange.headers = request.headers->fields();
    exchange.public_address_only = request.public_address_only;
    exchange.body = request.body;
    exchange.at_s = to_seconds(clock_.now() - started_);
    seen.push_back(exchange);
    in_flight_max = std::max(in_flight_max, ++in_flight);
    const auto sent_at = clock_.now();
    co_await clock_.sleep_until(clock_.now() + nightshift::seconds(latency_(exchange)));
    auto reply = gateway_(exchange);
    --in_flight;
    if (reply.sent) reply.sent_at = sent_at;
    if (reply.body.size() > request.body_max_bytes) {
        reply.body.resize(request.body_max_bytes);
        reply.trouble = http::Trouble::too_large;
    }
    if (request.sink != nullptr && reply.status > 0) {
        const bool taken =
            request.sink->head(reply.status, reply.headers) && request.sink->write(reply.body);
        if (!taken) reply.trouble = http::Trouble::sink;
        reply.body.clear();
    }
    co_return reply;
}

http::Reply json_reply(int status, std::string body) {
    http::Reply reply;
    reply.status = status;
    reply.sent = true;
    reply.headers = {{"content-type", "application/json"}, {"x-oneapi-request-id", "r"}};
    reply.body = std::move(body);
    return reply;
}

http::Reply no_reply(http::Trouble trouble, bool sent) {
    http::Reply reply;
    reply.trouble = trouble;
    reply.sent = sent;
    return reply;
}

http::Reply good_chat() {
    return json_reply(200, R"({"choices":[{"index":0,"message":{"role":"assistant",)"
                           R"("content":"good"},"finish_reason":"stop"}]})");
}

int Ran::posts() const {
    return static_cast<int>(std::count_if(
        seen.begin(), seen.end(), [](const Exchange& each) { return each.method == "POST"; }));
}

Ran live_through(const Night& night, const ScratchFolder& scratch) {
    RunFolders folders{scratch.path()};
    make_folders(folders);
    if (night.disk != nullptr) folders.disk = night.disk;
    SqliteStore store(folders.queue(), SqliteDb::Mode::read_write);
    store.transact([&] {
        store.begin_load(night_begins_ms);
        for (const auto& task : night.tasks) {
            NewTask row;
            row.id = task.id;
            row.endpoint = task.endpoint;
            row.model = task.model;
            row.path = task.path;
            row.body = task.body;
            row.envelope = task.envelope;
            row.manifest = "m.jsonl";
            row.estimate = task.estimate;
            store.add(row, OnChange::skip);
        }
    });
    Ran ran;
    {
        Ledger ledger(folders, store);
        ReplyLog replies(folders);
        Told listener(ran);
        Random random(night.seed);
        boost::asio::io_context io(1);
        Queue queue(io, store, ledger, Worker::Mode::inlined);
        Workers files(io, limits::file_threads, Worker::Mode::inlined);
        VirtualClock clock(io, Instant(std::chrono::hours(1)) + nightshift::seconds(night.later_s));
        const auto started = clock.now();
        auto latency = night.latency_of ? night.latency_of : always(night.latency_s);
        ScriptedTransport transport(clock, night.gateway, std::move(latency));
        World world{io,        clock,   random,
                    transport, queue,   files,
                    replies,   folders, http::Origin::parse("http://127.0.0.1:1").value(),
                    "sk-k"};
        Engine engine(world, night.options, listener);
        bool ended = false;
        auto jumps = night.wall_jumps;
        auto suspend = night.suspend;
        auto change = night.change;
        boost::asio::co_spawn(io, whole_night(engine, ran.stop, ended), boost::asio::detached);
        while (!ended) {
            io.restart();
            if (io.poll() > 0) continue;
            const auto notice = engine.status().notice;
            if (!notice.empty()) ran.shown.insert(notice);
            set_wall_clock(clock, to_seconds(clock.now() - started), jumps);
            const bool over = to_seconds(clock.now() - started) >= night.stopped_at_s;
            if (night.stopped_at_s > 0 && over) engine.stop(StopCause::interrupted, "interrupted");
            if (suspend.lasts_s > 0 && to_seconds(clock.now() - started) >= suspend.at_s) {
                clock.suspend(nightshift::seconds(std::exchange(suspend.lasts_s, 0)));
            }
            if (change && to_seconds(clock.now() - started) >= night.changed_at_s) {
                store.transact([&] { std::exchange(change, nullptr)(store); });
            }
            if (!clock.advance()) break;
        }
        ran.seen = transport.seen;
        ran.status = engine.status();
        ran.in_flight_max = transport.in_flight_max;
        ran.seconds = to_seconds(clock.now() - started);
    }
    for (const auto& count : store.counts()) ran.counts[count.state] += count.count;
    for (const auto& line : store.ledger_after(0, 1'000'000)) {
        ran.ledger[nlohmann::json::parse(line.text)["id"]] = line.text;
    }
    return ran;
}

Ran live_through(const Night& night) {
    const ScratchFolder scratch;
    return live_through(night, scratch);
}

}  // namespace nightshift::test
