// Two passes over the queue's ledger lines: the first compares the file and finds the latest line
// of each task, the second reads the files that those name. Ids and paths are kept as hashes: a
// queue may have millions.

#include "ledger/verify.hpp"

#include "base/failure.hpp"
#include "base/input_file.hpp"

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
    explicit LedgerFile(const fs::path& path) {
        require_regular(path);
        file_.open(path, std::ios::binary);
    }

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
        find_renamed();
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
            const auto sha256 = text_at(output, "sha256");
            if (is_good(problem, bytes, sha256)) continue;
            if (problem.kind == Flaw::Kind::file_missing) {
                missing_.push_back({.flaw = problem, .bytes = bytes, .sha256 = sha256});
            } else {
                result_.problems.push_back(std::move(problem));
            }
        }
    }

    bool is_good(Flaw& problem, std::uint64_t bytes, const std::string& sha256) const {
        const fs::path relative = fs::path(problem.path).lexically_normal();
        std::error_code error;
        const auto status = fs::symlink_status(folders_.root / relative, error);
        if (*relative.begin() != "outputs" || !fs::exists(status)) {
            problem.kind = Flaw::Kind::file_missing;
            problem.what = "missing";
            return false;
        }
        problem.kind = Flaw::Kind::file_changed;
        problem.what = "not a regular file";
        if (!fs::is_regular_file(status) || passes_a_link(relative)) return false;
        const std::shared_ptr<DiskFile> file =
            folders_.disk->open_below(folders_.root / ".", relative);
        const auto size = file->size();
        if (size < bytes) problem.kind = Flaw::Kind::file_short;
        problem.what = std::to_string(size) + " bytes instead of " + std::to_string(bytes);
        if (size != bytes) return false;
        problem.what = "its bytes are not those that were written";
        return FileHash(file).finish() == sha256;
    }

    bool passes_a_link(const fs::path& relative) const {
        auto path = folders_.root;
        for (const auto& step : relative) {
            path /= step;
            if (fs::is_symlink(fs::symlink_status(path))) return true;
        }
        return false;
    }

    void find_orphans() {
        if (!fs::exists(folders_.outputs())) return;
        std::error_code error;
        for (fs::recursive_directory_iterator each(folders_.outputs(), error), end;
             !error && each != end; each.increment(error)) {
            if (each->is_directory() && !each->is_symlink()) continue;
            auto path = "outputs/" + each->path().lexically_relative(folders_.outputs()).string();
            if (named_.count(hash_of(path)) > 0) continue;
            orphans_.push_back(
                {.path = std::move(path),
                 .bytes = each->is_regular_file() && !each->is_symlink() ? each->file_size() : 0});
        }
        if (error)
            throw StorageError("list " + folders_.outputs().string() + ": " + error.message());
    }

    struct Missing {
        Flaw flaw;
        std::uint64_t bytes = 0;
        std::string sha256;
    };
    struct Orphan {
        std::string path;
        std::uint64_t bytes = 0;  // 0 also where it is not a file
        std::string sha256 = {};  // once it was asked for
    };

    // A file of the same bytes under another name is the one that is missing.
    void find_renamed() {
        for (auto& missing : missing_) {
            auto same = std::find_if(orphans_.begin(), orphans_.end(), [&](Orphan& orphan) {
                return missing.bytes > 0 && orphan.bytes == missing.bytes &&
                       hash_of_orphan(orphan) == missing.sha256;
            });
            if (same == orphans_.end()) {
                result_.problems.push_back(std::move(missing.flaw));
                continue;
            }
            result_.renamed.push_back(
                {.id = missing.flaw.id, .path = missing.flaw.path, .now = same->path});
            orphans_.erase(same);
        }
        for (auto& orphan : orphans_) {
            result_.problems.push_back({.kind = Flaw::Kind::file_orphan,
                                        .path = std::move(orphan.path),
                                        .id = {},
                                        .remote_id = {},
                                        .what = "no ledger line names it"});
        }
    }

    const std::string& hash_of_orphan(Orphan& orphan) const {
        if (orphan.sha256.empty()) {
            const std::shared_ptr<DiskFile> file =
                folders_.disk->open_below(folders_.root / ".", orphan.path);
            orphan.sha256 = FileHash(file).finish();
        }
        return orphan.sha256;
    }

    const RunFolders& folders_;
    Store& store_;
    simdjson::dom::parser parser_;
    std::unordered_map<std::size_t, std::int64_t> latest_;  // by id: its last line
    std::unordered_set<std::size_t> named_;                 // paths that any line names
    std::vector<Missing> missing_;
    std::vector<Orphan> orphans_;
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
