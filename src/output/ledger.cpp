#include "output/ledger.hpp"

#include "output/ledger_tail.hpp"

#include <string>

namespace nightshift {
namespace {

constexpr int lines_per_batch = 1000;

std::int64_t number(const std::string& text) {
    return text.empty() ? 0 : std::stoll(text);
}

}  // namespace

Ledger::Ledger(const RunFolders& folders, Store& store) : store_(store) {
    file_ = folders.disk->open(folders.root / "." / folders.ledger().filename(), OpenFor::writing);
    file_->show_to_others();
    cut_to_confirmed();
    append_missing();
    sync();
}

void Ledger::cut_to_confirmed() {
    seq_ = number(store_.meta("ledger_seq"));
    bytes_ = static_cast<std::uint64_t>(number(store_.meta("ledger_bytes")));
    if (file_->size() < bytes_) {
        seq_ = 0;  // somebody shortened it: written anew from the queue
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
        if (ftruncate(fd_, static_cast<off_t>(bytes_)) != 0) fail("truncate", path_);
        behind_ = false;
        return append_missing();
    }
    std::string block;
    for (const auto& line : lines) {
        if (line.seq <= seq_) continue;
        block.append(line.text).append(1, '\n');
    }
    if (block.empty()) return;
    if (broken_) throw StorageError("write the ledger: it failed before");
    broken_ = true;
    file_->write(bytes_, block);
    broken_ = false;
    seq_ = lines.back().seq;
    bytes_ += block.size();
}

void Ledger::sync() {
    if (seq_ == synced_seq_) return;
    if (broken_) throw StorageError("sync the ledger: it failed before");
    broken_ = true;
    file_->sync();
    broken_ = false;
    store_.transact([&] {
        store_.set_meta("ledger_seq", std::to_string(seq_));
        store_.set_meta("ledger_bytes", std::to_string(bytes_));
    });
    synced_seq_ = seq_;
}

}  // namespace nightshift
