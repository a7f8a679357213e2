#include "cli/doctor/queue_facts.hpp"

#include "base/clock.hpp"
#include "base/text/terminal_text.hpp"
#include "cli/input/open_queue.hpp"
#include "cli/input/run_gateway.hpp"
#include "jobs/remote/remote_task.hpp"
#include "storage/sqlite/db.hpp"

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <set>

namespace nightshift::cli {
namespace {

constexpr std::int64_t dying_ms = 48 * 3600 * 1000ll;
constexpr std::size_t lock_bytes = 256;

// What a run wrote into its lock; it stays there when the run has ended.
std::string name_in_lock(const std::filesystem::path& path) {
    std::ifstream file(path, std::ios::binary);
    std::string line(lock_bytes, '\0');
    file.read(line.data(), static_cast<std::streamsize>(line.size()));
    line.resize(static_cast<std::size_t>(file.gcount()));
    return term_safe(std::string_view(line).substr(0, line.find('\n')));
}

void read_queue(const RunFolders& folders, QueueLook& look) {
    auto& facts = look.facts;
    const auto store = open_for_reading(folders);
    quick_check(folders.queue());
    facts.origin = gateway_of(*store);
    std::set<std::pair<std::string, std::string>> seen;
    for (const auto& row : store->counts()) {
        facts.counts[row.state] += row.count;
        const bool to_send = row.state == State::pending && row.count > 0;
        if (!to_send || !seen.insert({row.endpoint, row.model}).second) continue;
        look.lanes.push_back(
            {.endpoint = row.endpoint, .model = row.model, .where = facts.dir, .known_near = ""});
    }
    for (const auto& row : store->unfinished(State::submitted)) {
        const auto noted = row.notes.find(std::string(jobs::link_expiry_key));
        if (noted == row.notes.end()) continue;
        const auto expires_ms = std::strtoll(noted->second.c_str(), nullptr, 10) * 1000;
        if (expires_ms <= 0 || expires_ms - facts.now_ms >= dying_ms) continue;
        facts.dying_links.emplace_back(row.id, expires_ms);
    }
    std::sort(facts.dying_links.begin(), facts.dying_links.end(),
              [](const auto& a, const auto& b) { return a.second < b.second; });
}

}  // namespace

QueueLook look_at_queue(const std::filesystem::path& dir) {
    QueueLook look;
    const RunFolders folders{dir};
    const auto lock = folders.hidden() / "lock";
    look.facts.dir = dir.string();
    look.facts.now_ms = unix_ms();
    look.facts.holder = RunLock::holder(lock);
    look.facts.last_holder = name_in_lock(lock);
    try {
        read_queue(folders, look);
    } catch (const StorageError& error) {
        look.facts.problem = error.what();
    }
    return look;
}

}  // namespace nightshift::cli
