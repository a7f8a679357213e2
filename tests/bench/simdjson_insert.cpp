// The reference of loading: parse each line, insert it under a unique index, one durable
// transaction. Nothing is validated; a second line of one id is an error.
//
//   simdjson_insert MANIFEST DATABASE

#include "tests/bench/usage.hpp"

#include <cstdio>
#include <fstream>
#include <stdexcept>
#include <string>
#include <string_view>

#include <simdjson.h>
#include <sqlite3.h>

namespace {

using nightshift::bench::print_usage;
using nightshift::bench::Stopwatch;

void require(bool good, sqlite3* db) {
    if (!good) throw std::runtime_error(sqlite3_errmsg(db));
}

void run(sqlite3* db, const char* sql) {
    require(sqlite3_exec(db, sql, nullptr, nullptr, nullptr) == SQLITE_OK, db);
}

void bind(sqlite3_stmt* statement, int at, std::string_view text) {
    sqlite3_bind_text(statement, at, text.data(), static_cast<int>(text.size()), SQLITE_STATIC);
}

std::int64_t load(const char* manifest, sqlite3* db) {
    run(db,
        "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;"
        "CREATE TABLE task (row INTEGER PRIMARY KEY, id TEXT NOT NULL, path TEXT NOT NULL,"
        " body TEXT NOT NULL) STRICT; CREATE UNIQUE INDEX task_id ON task (id); BEGIN");
    sqlite3_stmt* insert = nullptr;
    sqlite3_prepare_v2(db, "INSERT INTO task (id, path, body) VALUES (?, ?, ?)", -1, &insert,
                       nullptr);
    simdjson::ondemand::parser parser;
    std::ifstream lines(manifest);
    if (!lines) throw std::runtime_error(std::string("cannot be read: ") + manifest);
    std::string line;
    std::int64_t count = 0;
    while (std::getline(lines, line)) {
        line.reserve(line.size() + simdjson::SIMDJSON_PADDING);
        auto document = parser.iterate(line);
        const std::string_view id = document["custom_id"].get_string();
        const std::string_view path = document["url"].get_string();
        const std::string_view body = simdjson::to_json_string(document["body"]);
        bind(insert, 1, id);
        bind(insert, 2, path);
        bind(insert, 3, body);
        require(sqlite3_step(insert) == SQLITE_DONE, db);
        sqlite3_reset(insert);
        ++count;
    }
    sqlite3_finalize(insert);
    run(db, "COMMIT");
    return count;
}

}  // namespace

int main(int argc, char** argv) {
    if (argc != 3) {
        std::fputs("usage: simdjson_insert MANIFEST DATABASE\n", stderr);
        return 2;
    }
    const Stopwatch watch;
    sqlite3* db = nullptr;
    try {
        require(sqlite3_open(argv[2], &db) == SQLITE_OK, db);
        const auto count = load(argv[1], db);
        sqlite3_close(db);
        print_usage(count, watch.elapsed_s());
    } catch (const std::exception& error) {
        fmt::print(stderr, "simdjson_insert: {}\n", error.what());
        return 1;
    }
    return 0;
}
