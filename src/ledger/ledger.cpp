#include "ledger/ledger.hpp"

#include "base/failure.hpp"
#include "base/text/shell_word.hpp"
#include "ledger/ledger_check.hpp"

#include <algorithm>
#include <charconv>
#include <string>
#include <string_view>

namespace nightshift {
namespace {

constexpr int lines_per_batch = 1000;

std::int64_t number(const std::string& text) {
    std::int64_t value = 0;
    const auto* const end = text.data() + text.size();
    const auto [rest, error] = std::from_chars(text.data(), end, value);
    if (text.empty() || (error == std::errc() && rest == end && value >= 0)) return value;
    throw StorageError("the queue does not know how far ledger.jsonl is written: it was changed");
}

bool is_zeros(std::string_view text) {
    return text.find_first_not_of('\0') == std::string_view::npos;
}

// True when every byte of the file is the one that the queue's lines have there, or zero: what a
// power cut in the first second of a run may leave. A file that is longer than a run can leave
// unsynced is foreign.
bool is_lines_or_zeros(DiskFile& file, Store& store) {
    constexpr std::uint64_t unsynced_max = 64u << 20;
    const auto size = file.size();
    if (size > unsynced_max) return false;
    std::string found;
    std::int64_t seq = 0;
    for (std::uint64_t at = 0; at < size; at += found.size()) {
        std::string expected;
        const auto lines = store.ledger_after(seq, lines_per_batch);
        for (const auto& line : lines) expected.append(line.text).append(1, '\n');
        if (!lines.empty()) seq = lines.back().seq;
        if (expected.empty()) expected.assign(std::size_t{64} << 10, '\0');
        found.resize(expected.size());
        found.resize(file.read(at, found.data(), found.size()));
        if (found.empty()) return true;
        const bool fits = std::equal(found.begin(), found.end(), expected.begin(),
                                     [](char is, char was) { return is == was || is == '\0'; });
        if (!fits) return false;
    }
    return true;
}

// True when the file that begins with `found` is what there may be of `expected`, its first line,
// after a power cut: sectors of what was not synced may be missing, and read as zeros. A first line
// of zeros alone proves nothing; then all that lies behind it must be the queue's, too.
bool is_rest_of(std::string_view expected, std::string_view found, DiskFile& file, Store& store) {
    constexpr std::size_t sector = 512;
    if (found.size() > expected.size()) return false;
    bool proven = false;
    for (std::size_t at = 0; at < found.size(); at += sector) {
        const auto part = found.substr(at, sector);
        if (is_zeros(part)) continue;
        if (part != expected.substr(at, part.size())) return false;
        proven = true;
    }
    return proven || is_lines_or_zeros(file, store);
}

}  // namespace

Ledger::Ledger(const RunFolders& folders, Store& store, unsigned mode)
    : store_(store), path_(folders.ledger()) {
    const auto path = folders.root / "." / folders.ledger().filename();
    const bool is_new = !folders.disk->exists(path);
    file_ = folders.disk->open(path, OpenFor::writing);
    if (is_new && mode != owner_only_mode) file_->set_mode(mode);
    require_own();
    cut_to_confirmed();
    append_missing();
    sync();
}

// By its first line, which is the queue's first for good, or what a crash left of that. A queue
// that has no line yet wrote nothing.
void Ledger::require_own() const {
    const auto first = store_.ledger_after(0, 1);
    const auto expected = first.empty() ? std::string() : first.front().text + "\n";
    std::string begin(expected.size(), '\0');
    begin.resize(file_->read(0, begin.data(), begin.size()));
    const bool synced = number(store_.meta("ledger_bytes")) > 0;
    const bool own = expected.empty() ? file_->size() == 0
                     : synced         ? expected.starts_with(begin)
                                      : is_rest_of(expected, begin, *file_, store_);
    if (own) return;
    check_tail(*file_, 0, store_, 0);  // it may be of a queue that was lost
    throw UsageError(path_.string() +
                     " is not the ledger of this queue and is left as it is: move it away, or "
                     "rebuild it with `nightshift verify " +
                     shell_word(path_.parent_path().string()) + " --repair`");
}

void Ledger::cut_to_confirmed() {
    seq_ = number(store_.meta("ledger_seq"));
    bytes_ = static_cast<std::uint64_t>(number(store_.meta("ledger_bytes")));
    if (file_->size() < bytes_) {
        seq_ = 0;  // it was shortened: rebuilt from the queue
        bytes_ = 0;
    }
    check_tail(*file_, bytes_, store_, seq_);
    file_->truncate(bytes_);
    synced_seq_ = seq_;
}

void Ledger::append_missing() {
    for (;;) {
        const auto lines = store_.ledger_after(seq_, lines_per_batch);
        if (lines.empty()) return;
        append(lines);
    }
}

// A failed write leaves the file behind the queue, perhaps with half a line: the next append mends
// that first, so that no line is left out.
void Ledger::append(const std::vector<Store::LedgerLine>& lines) {
    if (behind_) {
        file_->truncate(bytes_);
        behind_ = false;
        return append_missing();
    }
    std::string block;
    for (const auto& line : lines) {
        if (line.seq <= seq_) continue;
        block.append(line.text).append(1, '\n');
    }
    if (block.empty()) return;
    behind_ = true;
    file_->write(bytes_, block);
    behind_ = false;
    seq_ = lines.back().seq;
    bytes_ += block.size();
}

void Ledger::sync() {
    if (seq_ == synced_seq_) return;
    file_->sync();
    store_.transact([&] {
        store_.set_meta("ledger_seq", std::to_string(seq_));
        store_.set_meta("ledger_bytes", std::to_string(bytes_));
    });
    synced_seq_ = seq_;
}

}  // namespace nightshift
