// nightshift verify: is everything there that was paid for, and as it was written?

#include "base/text/terminal_text.hpp"
#include "cli/input/arguments.hpp"
#include "cli/input/exit_code.hpp"
#include "cli/input/open_queue.hpp"
#include "files/owned_folder.hpp"
#include "ledger/ledger_check.hpp"
#include "ledger/verify.hpp"
#include "storage/sqlite/db.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <cctype>
#include <cstdio>
#include <filesystem>
#include <optional>

namespace nightshift::cli {
namespace {

using Json = nlohmann::ordered_json;

// For a shell: as it is, or between quotes.
std::string quoted(const std::string& word) {
    const auto is_plain = [](unsigned char c) {
        return std::isalnum(c) != 0 ||
               std::string_view("._-/+:@").find(static_cast<char>(c)) != std::string_view::npos;
    };
    if (!word.empty() && std::all_of(word.begin(), word.end(), is_plain)) return word;
    std::string text = "'";
    for (const char c : word) text += c == '\'' ? std::string("'\\''") : std::string(1, c);
    return text + "'";
}

std::string remedy_of(const Flaw& problem, const std::string& dir) {
    if (is_of_ledger(problem.kind)) {
        return "`nightshift verify " + quoted(dir) + " --repair` rebuilds it from the queue";
    }
    if (problem.kind == Flaw::Kind::file_orphan) {
        return "resume first, for an interrupted run may still take it; then remove it if you do "
               "not want it";
    }
    const auto* means = problem.remote_id.empty()
                            ? " pays for it again"
                            : " fetches it again, without paying while the gateway still has it";
    const auto* first =
        problem.kind == Flaw::Kind::file_missing ? "" : "move it away (nothing is overwritten); ";
    return fmt::format("{}`nightshift retry {} --id {}`, then `nightshift run -o {}`{}", first,
                       quoted(dir), quoted(problem.id), quoted(dir), means);
}

Json json_of(const Flaw& problem, const std::string& dir) {
    return {{"kind", name_of(problem.kind)},
            {"path", problem.path},
            {"line", problem.line > 0 ? Json(problem.line) : Json()},
            {"id", problem.id.empty() ? Json() : Json(problem.id)},
            {"what", problem.what},
            {"remedy", remedy_of(problem, dir)}};
}

void print_json(const Verified& found, const std::string& dir, bool repaired) {
    Json problems = Json::array(), renamed = Json::array();
    for (const auto& problem : found.problems) problems.push_back(json_of(problem, dir));
    for (const auto& each : found.renamed) {
        renamed.push_back({{"id", each.id}, {"path", each.path}, {"now", each.now}});
    }
    const Json json = {{"schema", 1},
                       {"dir", dir},
                       {"ok", found.problems.empty()},
                       {"files", found.files},
                       {"bytes", found.bytes},
                       {"ledger_lines", found.ledger_lines},
                       {"ledger_repaired", repaired},
                       {"problems", std::move(problems)},
                       {"renamed", std::move(renamed)}};
    fmt::print("{}\n", json.dump(-1, ' ', false, Json::error_handler_t::replace));
}

void print_text(const Verified& found, const Arguments& arguments, bool repaired) {
    for (const auto& problem : found.problems) {
        fmt::print("{}: {}; {}\n", term_safe(problem.path), problem.what,
                   term_safe(remedy_of(problem, arguments.dir)));
    }
    if (repaired) {
        fmt::print("ledger.jsonl: rebuilt from the queue, {} lines\n", found.ledger_lines);
    }
    if (arguments.common.quiet) return;
    for (const auto& each : found.renamed) {
        fmt::print(stderr, "{}: whole, now {}\n", term_safe(each.path), term_safe(each.now));
    }
    fmt::print(stderr, "{} files, {} bytes, {} ledger lines: ", found.files, found.bytes,
               found.ledger_lines);
    if (found.problems.empty()) {
        fmt::print(stderr, "all is well\n");
    } else {
        fmt::print(stderr, "{} problem{}\n", found.problems.size(),
                   found.problems.size() == 1 ? "" : "s");
    }
}

// Takes what concerns the ledger out of the problems by making it anew.
bool repair(Verified& found, const RunFolders& folders, Store& store) {
    const auto of_ledger =
        std::remove_if(found.problems.begin(), found.problems.end(),
                       [](const Flaw& problem) { return is_of_ledger(problem.kind); });
    const bool wrong = of_ledger != found.problems.end();
    found.problems.erase(of_ledger, found.problems.end());
    if (wrong) rewrite_ledger(folders, store);
    return wrong;
}

}  // namespace

int verify_command(const Arguments& arguments) {
    const auto folders = require_run_folder(arguments.dir);
    std::optional<OwnedFolder> owned;
    if (arguments.repair) {
        owned.emplace(folders, false);
    } else if (const auto who = RunLock::holder(folders.hidden() / "lock"); !who.empty()) {
        throw InUse(arguments.dir + " is in use by " + who + "; verify it when that has ended");
    }
    if (!arguments.repair) require_whole(folders);
    // An empty file is told of, not made a queue.
    const bool writes = arguments.repair && std::filesystem::file_size(folders.queue()) > 0;
    SqliteStore store(folders.queue(),
                      writes ? SqliteDb::Mode::read_write : SqliteDb::Mode::read_only);
    quick_check(folders.queue());
    auto found = verify(folders, store);
    const bool differs = std::any_of(found.problems.begin(), found.problems.end(),
                                     [](const Flaw& flaw) { return is_of_ledger(flaw.kind); });
    if (differs) check_ledger(folders.ledger(), store);  // it may know more than the queue
    const bool repaired = arguments.repair && repair(found, folders, store);
    if (arguments.common.json) {
        print_json(found, arguments.dir, repaired);
    } else {
        print_text(found, arguments, repaired);
    }
    return found.problems.empty() ? exit_ok : exit_problems;
}

}  // namespace nightshift::cli
