// Two passes over the queue's ledger lines: the first compares the file and finds the latest line
// of each task, the second reads the files that those name. Ids and paths are kept as hashes: a
// queue may have millions.

#include "output/verify.hpp"

#include "core/digest.hpp"
#include "core/failure.hpp"

#include <simdjson.h>

#include <algorithm>
#include <fstream>
#include <functional>
#include <memory>
#include <unordered_map>
#include <unordered_set>

namespace nightshift {
namespace {

namespace fs = std::filesystem;
using Line = Store::LedgerLine;

constexpr int lines_per_batch = 1000;
constexpr std::size_t block_bytes = 256 * 1024;

std::size_t hash_of(std::string_view text) {
    return std::hash<std::string_view>()(text);
}

template <class Visit>
void each_line(Store& store, Visit visit) {
    for (std::int64_t after = 0;;) {
        const auto lines = store.ledger_after(after, lines_per_batch);
        if (lines.empty()) return;
        for (const auto& line : lines) visit(line);
        after = lines.back().seq;
    }
}

std::string text_at(simdjson::dom::element object, std::string_view key) {
    std::string_view text;
    return object[key].get(text) == simdjson::SUCCESS ? std::string(text) : "";
}

// ledger.jsonl, held against one line of the queue after the other.
class LedgerFile {
public:
    explicit LedgerFile(const fs::path& path) : file_(path, std::ios::binary) {}

    void expect(const std::string& line) {
        ++number_;
        if (missing_ > 0) {
            ++missing_;
        } else if (!std::getline(file_, text_) || file_.eof()) {
            missing_ = 1;  // not there, or torn: without its line feed
        } else if (text_ != line && ++changed_ == 1) {
            first_changed_ = number_;
        }
    }

    void conclude(std::vector<Flaw>& problems) {
        auto add = [&](Flaw::Kind kind, std::int64_t line, std::string what) {
            problems.push_back({.kind = kind,
                                .path = "ledger.jsonl",
                                .id = {},
                                .remote_id = {},
                                .line = line,
                                .what = std::move(what)});
        };
        if (changed_ > 0) {
            add(Flaw::Kind::ledger_changed, first_changed_,
                std::to_string(changed_) + " lines are not the queue's, the first is line " +
                    std::to_string(first_changed_));
        }
        if (missing_ > 0) {
            add(Flaw::Kind::ledger_short, number_ - missing_ + 1,
                std::to_string(missing_) + " lines are missing or torn at the end");
        } else if (file_.is_open() && file_.peek() != std::ifstream::traits_type::eof()) {
            add(Flaw::Kind::ledger_long, number_ + 1, "there is more than the queue's lines");
        }
    }

private:
    std::ifstream file_;
    std::string text_;
    std::int64_t number_ = 0, missing_ = 0, changed_ = 0, first_changed_ = 0;
};

class Inspection {
public:
    Inspection(const RunFolders& folders, Store& store) : folders_(folders), store_(store) {}

    Verified inspect() {
        LedgerFile file(folders_.ledger());
        each_line(store_, [&](const Line& line) {
            ++result_.ledger_lines;
            file.expect(line.text);
            note(line);
        });
        each_line(store_, [&](const Line& line) { check_files(line); });
        find_orphans();
        std::stable_sort(result_.problems.begin(), result_.problems.end(),
                         [](const Flaw& a, const Flaw& b) { return a.path < b.path; });
        file.conclude(result_.problems);
        return std::move(result_);
    }

private:
    simdjson::dom::element parse(const Line& line) {
        simdjson::dom::element json;
        if (parser_.parse(line.text).get(json) != simdjson::SUCCESS) {
            throw StorageError("read the queue: ledger line " + std::to_string(line.seq) +
                               " is no JSON");
        }
        return json;
    }

    void note(const Line& line) {
        const auto json = parse(line);
        latest_[hash_of(text_at(json, "id"))] = line.seq;
        simdjson::dom::array outputs;
        if (json["outputs"].get(outputs) != simdjson::SUCCESS) return;
        for (const auto output : outputs) named_.insert(hash_of(text_at(output, "path")));
    }

    void check_files(const Line& line) {
        const auto json = parse(line);
        const auto id = text_at(json, "id");
        if (latest_[hash_of(id)] != line.seq) return;
        simdjson::dom::array outputs;
        if (json["outputs"].get(outputs) != simdjson::SUCCESS) return;
        for (const auto output : outputs) {
            Flaw problem;
            problem.path = text_at(output, "path");
            problem.id = id;
            problem.remote_id = text_at(json, "remote_id");
            std::uint64_t bytes = 0;
            if (output["bytes"].get(bytes) != simdjson::SUCCESS) bytes = 0;
            ++result_.files;
            result_.bytes += bytes;
            if (!is_good(problem, bytes, text_at(output, "sha256"))) {
                result_.problems.push_back(std::move(problem));
            }
        }
    }

    bool is_good(Flaw& problem, std::uint64_t bytes, const std::string& sha256) const {
        const fs::path relative = fs::path(problem.path).lexically_normal();
        const auto path = folders_.root / relative;
        std::error_code error;
        const auto status = fs::symlink_status(path, error);
        if (*relative.begin() != "outputs" || !fs::exists(status)) {
            problem.kind = Flaw::Kind::file_missing;
            problem.what = "missing";
            return false;
        }
        problem.kind = Flaw::Kind::file_changed;
        problem.what = "not a regular file";
        if (!fs::is_regular_file(status)) return false;
        const auto size = fs::file_size(path, error);
        if (error) throw StorageError("read " + path.string() + ": " + error.message());
        if (size < bytes) problem.kind = Flaw::Kind::file_short;
        problem.what = std::to_string(size) + " bytes instead of " + std::to_string(bytes);
        if (size != bytes) return false;
        problem.what = "its bytes are not those that were written";
        return sha256_of(path) == sha256;
    }

    static std::string sha256_of(const fs::path& path) {
        std::ifstream file(path, std::ios::binary);
        if (!file) throw StorageError("open " + path.string() + ": it cannot be read");
        const auto block = std::make_unique<char[]>(block_bytes);
        Sha256 digest;
        while (file.read(block.get(), block_bytes) || file.gcount() > 0) {
            digest.update({block.get(), static_cast<std::size_t>(file.gcount())});
        }
        if (file.bad()) throw StorageError("read " + path.string() + ": the disk refuses");
        return digest.hex();
    }

    void find_orphans() {
        if (!fs::exists(folders_.outputs())) return;
        std::error_code error;
        for (fs::recursive_directory_iterator each(folders_.outputs(), error), end;
             !error && each != end; each.increment(error)) {
            if (each->is_directory() && !each->is_symlink()) continue;
            auto path = "outputs/" + each->path().lexically_relative(folders_.outputs()).string();
            if (named_.count(hash_of(path)) > 0) continue;
            result_.problems.push_back({.kind = Flaw::Kind::file_orphan,
                                        .path = std::move(path),
                                        .id = {},
                                        .remote_id = {},
                                        .what = "no ledger line names it"});
        }
        if (error)
            throw StorageError("list " + folders_.outputs().string() + ": " + error.message());
    }

    const RunFolders& folders_;
    Store& store_;
    simdjson::dom::parser parser_;
    std::unordered_map<std::size_t, std::int64_t> latest_;  // by id: its last line
    std::unordered_set<std::size_t> named_;                 // paths that any line names
    Verified result_;
};

}  // namespace

std::string_view name_of(Flaw::Kind kind) {
    switch (kind) {
        case Flaw::Kind::file_missing:
            return "file_missing";
        case Flaw::Kind::file_short:
            return "file_short";
        case Flaw::Kind::file_changed:
            return "file_changed";
        case Flaw::Kind::file_orphan:
            return "file_orphan";
        case Flaw::Kind::ledger_short:
            return "ledger_short";
        case Flaw::Kind::ledger_changed:
            return "ledger_changed";
        case Flaw::Kind::ledger_long:
            return "ledger_long";
    }
    return "";
}

Verified verify(const RunFolders& folders, Store& store) {
    return Inspection(folders, store).inspect();
}

}  // namespace nightshift
