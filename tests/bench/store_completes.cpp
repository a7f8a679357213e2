// The queue's store alone: tasks that wait are intended and ended, as the engine does it, with
// group commit and everything synced. A turn is one transaction: the ends of one batch, the intents
// of the next.
//
//   store_completes RUN_FOLDER --reply FILE [--tasks N] [--batch N]
//
// The folder comes from `nightshift run MANIFEST -o RUN_FOLDER --limit 0`.

#include "storage/sqlite/store.hpp"
#include "tests/bench/usage.hpp"

#include <CLI/CLI.hpp>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>

namespace {

using namespace nightshift;

constexpr std::int64_t now_ms = 1'780'000'000'000;

Ending ending_of(const Row& row, const std::string& reply) {
    Ending ending;
    ending.attempt.row = row.row;
    ending.attempt.number = row.tries + 1;
    ending.attempt.started_at = now_ms;
    ending.attempt.ended_at = now_ms + 900;
    ending.attempt.http_status = 200;
    ending.attempt.verdict = "ok";
    ending.state = State::succeeded;
    ending.finished_at = now_ms + 900;
    ending.reply = reply;
    // As long as a real one.
    ending.ledger_line = fmt::format(
        R"({{"schema":1,"id":"{}","endpoint":"{}","model":"{}","answered_by":null,"state":"succeeded",)"
        R"("attempts":1,)"
        R"("maybe_billed":0,"http_status":200,"request_id":null,"remote_id":null,)"
        R"("queued_at":"2026-05-28T20:26:40.000Z","started_at":"2026-05-28T20:26:40.000Z",)"
        R"("submitted_at":null,"finished_at":"2026-05-28T20:26:40.900Z","latency_ms":900,)"
        R"("text":"Hello from the bench.","reasoning":null,"finish_reason":"stop","flags":[],)"
        R"("usage":{{"input_tokens":14,"output_tokens":6,"reasoning_tokens":null,)"
        R"("cached_tokens":null,"cache_write_tokens":null}},"cost":null,"outputs":[],"error":null,"tags":[],)"
        R"("metadata":null,"manifest":"{}","line":{}}})",
        row.id, row.path.substr(row.path.rfind('/') + 1), row.model, row.manifest, row.line);
    return ending;
}

class Completing {
public:
    Completing(Store& store, int batch, std::string reply)
        : store_(store), batch_(batch), reply_(std::move(reply)) {
        for (const auto& lane : store.lanes()) lanes_.push_back(lane.id);
    }

    // Fewer than `tasks` when no more were pending.
    std::int64_t complete(std::int64_t tasks) {
        std::int64_t started = 0, ended = 0;
        do {
            const auto room = static_cast<int>(std::min<std::int64_t>(batch_, tasks - started));
            store_.transact([&] {
                for (const auto& row : intended_) {
                    if (store_.end(ending_of(row, reply_))) ++ended;
                }
                intended_ = intend(room);
            });
            store_.take_committed();
            started += static_cast<std::int64_t>(intended_.size());
        } while (!intended_.empty());
        return ended;
    }

private:
    std::vector<Row> intend(int room) {
        std::vector<Row> rows;
        for (const auto lane : lanes_) {
            const int left = room - static_cast<int>(rows.size());
            if (left <= 0) break;
            for (auto& row : store_.claim({.lane = lane, .limit = left, .now = now_ms})) {
                if (store_.intend(row.row, row.tries + 1, now_ms)) rows.push_back(std::move(row));
            }
        }
        return rows;
    }

    Store& store_;
    int batch_;
    std::string reply_;
    std::vector<std::int64_t> lanes_;
    std::vector<Row> intended_;
};

}  // namespace

int main(int argc, char** argv) {
    std::string folder, reply_file;
    std::int64_t tasks = 100'000;
    int batch = 64;
    CLI::App app("Durable completes through the store alone.");
    app.add_option("RUN_FOLDER", folder)->required();
    app.add_option("--reply", reply_file)->required();
    app.add_option("--tasks", tasks);
    app.add_option("--batch", batch);
    CLI11_PARSE(app, argc, argv);
    try {
        std::ifstream file(reply_file, std::ios::binary);
        SqliteStore store(std::filesystem::path(folder) / ".nightshift" / "queue.db",
                          SqliteDb::Mode::read_write);
        Completing completing(store, batch,
                              std::string((std::istreambuf_iterator<char>(file)), {}));
        const bench::Stopwatch watch;
        const auto count = completing.complete(tasks);
        bench::print_usage(count, watch.elapsed_s());
        return count == tasks ? 0 : 1;
    } catch (const std::exception& error) {
        fmt::print(stderr, "store_completes: {}\n", error.what());
        return 1;
    }
}
