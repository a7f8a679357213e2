// Reading what is to be judged: the run directory and the books.

#include "base/base64.hpp"
#include "base/digest.hpp"
#include "storage/sqlite/store.hpp"
#include "tests/oracle/oracle.hpp"

#include <nlohmann/json.hpp>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <stdexcept>

namespace nightshift::test {
namespace {

namespace fs = std::filesystem;

std::string bytes_of(const fs::path& path) {
    std::ifstream file(path, std::ios::binary);
    std::ostringstream text;
    text << file.rdbuf();
    return text.str();
}

template <class Visit>
void each_file(const fs::path& folder, Visit visit) {
    if (!fs::is_directory(folder)) return;
    for (const auto& entry : fs::recursive_directory_iterator(folder)) {
        if (entry.is_regular_file()) visit(entry.path());
    }
}

void read_queue(const fs::path& path, SqliteDb::Mode mode, Remains& remains) {
    SqliteDb db(path, mode);
    std::vector<std::string> ids;
    {
        Statement check(db, "PRAGMA integrity_check");
        remains.integrity.clear();
        while (check.step()) {
            if (!remains.integrity.empty()) remains.integrity += "; ";
            remains.integrity += check.text(0);
        }
        Statement version(db, "PRAGMA user_version");
        if (!version.step() || version.integer(0) == 0) return;  // it was never loaded
        Statement read(db, "SELECT id FROM task ORDER BY row");
        while (read.step()) ids.emplace_back(read.text(0));
    }
    SqliteStore store(path, mode);
    for (const auto& id : ids) {
        auto task = store.find(id);
        if (task) remains.tasks.push_back(std::move(*task));
    }
}

// Killed while it was made, a queue has a journal that only a writer may roll back: a copy is.
void read_copy(const fs::path& path, Remains& remains) {
    auto folder = (fs::temp_directory_path() / "nightshift-oracle-XXXXXX").string();
    if (mkdtemp(folder.data()) == nullptr) throw std::runtime_error("no temporary folder");
    for (const auto* suffix : {"", "-journal", "-wal"}) {
        const fs::path from = path.string() + suffix;
        if (fs::exists(from)) fs::copy_file(from, fs::path(folder) / from.filename());
    }
    read_queue(fs::path(folder) / path.filename(), SqliteDb::Mode::read_write, remains);
    fs::remove_all(folder);
}

}  // namespace

std::vector<BookEntry> books_of(const std::string& books_jsonl) {
    std::vector<BookEntry> books;
    std::istringstream lines(books_jsonl);
    for (std::string line; std::getline(lines, line);) {
        const auto json = nlohmann::json::parse(line);
        const auto& remote = json.at("remote_id");
        books.push_back({.body_sha256 = json.at("body_sha256"),
                         .remote_id = remote.is_string() ? remote.get<std::string>() : "",
                         .billed = json.at("billed")});
    }
    return books;
}

Remains remains_of(const std::string& dir, const std::string& books_jsonl, const std::string& key) {
    const fs::path root = dir;
    Remains remains;
    remains.books = books_of(books_jsonl);
    each_file(root / "outputs", [&](const fs::path& path) {
        const auto bytes = bytes_of(path);
        remains.outputs.push_back(
            {fs::relative(path, root).string(), bytes.size(), sha256_hex(bytes)});
    });
    if (!key.empty()) {
        const auto encoded = encode_base64(key);
        each_file(root, [&](const fs::path& path) {
            const auto bytes = bytes_of(path);
            if (bytes.find(key) == std::string::npos && bytes.find(encoded) == std::string::npos) {
                return;
            }
            remains.key_found.push_back(fs::relative(path, root).string());
        });
    }
    remains.ledger = bytes_of(root / "ledger.jsonl");
    const auto queue = root / ".nightshift" / "queue.db";
    if (fs::exists(queue.string() + "-journal")) {
        read_copy(queue, remains);
    } else if (fs::exists(queue)) {
        read_queue(queue, SqliteDb::Mode::read_only, remains);
    }
    return remains;
}

}  // namespace nightshift::test
