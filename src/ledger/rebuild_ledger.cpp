// ledger.jsonl, rebuilt from the queue's lines. The confirmed length is told last: until then the
// old one holds, which every prefix of the new file meets as well as the old file did.

#include "ledger/verify.hpp"

namespace nightshift {
namespace {

constexpr int lines_per_batch = 1000;

}  // namespace

void rewrite_ledger(const RunFolders& folders, Store& store) {
    const auto aside = folders.hidden() / "ledger.part";
    auto& disk = *folders.disk;
    std::error_code error;
    const auto old = std::filesystem::symlink_status(folders.ledger(), error);
    disk.remove(aside);  // of one that was killed
    std::int64_t seq = 0;
    std::uint64_t bytes = 0;
    {
        const auto file = disk.open(aside, OpenFor::making);
        for (;;) {
            const auto lines = store.ledger_after(seq, lines_per_batch);
            if (lines.empty()) break;
            std::string block;
            for (const auto& line : lines) block.append(line.text).append(1, '\n');
            file->write(bytes, block);
            bytes += block.size();
            seq = lines.back().seq;
        }
        const bool keeps_mode = old.type() == std::filesystem::file_type::regular;
        if (keeps_mode) file->set_mode(static_cast<unsigned>(old.permissions()) & 0777);
        file->sync();
    }
    disk.replace(aside, folders.root / "." / folders.ledger().filename());
    disk.sync_folder(folders.root / ".");
    store.transact([&] {
        store.set_meta("ledger_seq", std::to_string(seq));
        store.set_meta("ledger_bytes", std::to_string(bytes));
    });
}

}  // namespace nightshift
