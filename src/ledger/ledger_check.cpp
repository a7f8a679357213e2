#include "ledger/ledger_check.hpp"

#include "base/failure.hpp"
#include "base/input_file.hpp"
#include "base/text/terminal_text.hpp"
#include "json/json_limits.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <fstream>
#include <set>

namespace nightshift {
namespace {

// At most so much is looked at: what one second can append, many times over.
constexpr std::uint64_t tail_bytes_max = 64u << 20;
constexpr int lines_per_batch = 1000;

std::string read_tail(DiskFile& ledger, std::uint64_t from) {
    const auto size = ledger.size();
    std::string text(std::min(size - std::min(size, from), tail_bytes_max), '\0');
    text.resize(ledger.read(from, text.data(), text.size()));
    return text;
}

// The id of a line of ours that says "succeeded"; else nothing.
std::string succeeded_id(const std::string& line) {
    if (!line.starts_with('{') || !is_within_json_bounds(line)) return {};
    const auto json = nlohmann::json::parse(line, nullptr, false);
    if (!json.is_object() || !json.contains("schema")) return {};
    const auto id = json.find("id"), state = json.find("state");
    const bool good =
        id != json.end() && id->is_string() && state != json.end() && *state == "succeeded";
    return good ? id->get<std::string>() : std::string();
}

void check_line(const std::string& line, Store& store) {
    const auto id = succeeded_id(line);
    if (id.empty()) return;
    const auto task = store.find(id);
    if (task && task->ledger_line) return;  // somebody only wrote it in another form
    throw StorageError(
        "ledger.jsonl says that \"" + term_safe(id, 60) +
        "\" succeeded, and the queue does not know it: the queue lost its last entries (was "
        "queue.db-wal removed, or an old copy put back?); restore it, or run what is missing "
        "in the ledger into a new folder with -o");
}

}  // namespace

void check_tail(DiskFile& ledger, std::uint64_t from_byte, Store& store, std::int64_t seq) {
    const auto text = read_tail(ledger, from_byte);
    if (text.find('\n') == std::string::npos) return;
    std::set<std::string> known;
    for (auto lines = store.ledger_after(seq, lines_per_batch); !lines.empty();
         lines = store.ledger_after(lines.back().seq, lines_per_batch)) {
        for (auto& line : lines) known.insert(std::move(line.text));
    }
    std::size_t from = 0;
    for (auto end = text.find('\n'); end != std::string::npos; end = text.find('\n', from)) {
        const auto line = text.substr(from, end - from);
        from = end + 1;
        if (known.count(line) == 0) check_line(line, store);
    }
}

void check_ledger(const std::filesystem::path& ledger, Store& store) {
    require_regular(ledger);
    std::ifstream file(ledger);
    auto known = store.ledger_after(0, lines_per_batch);
    std::size_t at = 0;
    for (std::string line; std::getline(file, line); ++at) {
        if (at == known.size() && !known.empty()) {
            known = store.ledger_after(known.back().seq, lines_per_batch);
            at = 0;
        }
        if (at >= known.size() || known[at].text != line) check_line(line, store);
    }
}

}  // namespace nightshift
