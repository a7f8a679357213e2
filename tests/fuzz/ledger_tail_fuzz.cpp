// What a crash, or another program, left in ledger.jsonl: it is accepted, or refused with
// StorageError or UsageError.

#include "ledger/ledger.hpp"
#include "storage/sqlite/store.hpp"

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <unistd.h>

using namespace nightshift;

namespace {

// A run directory in memory file systems where there is one.
const RunFolders& folders() {
    static const RunFolders made = [] {
        const auto root = std::filesystem::temp_directory_path() /
                          ("nightshift-fuzz-" + std::to_string(getpid()));
        RunFolders each{root};
        make_folders(each);
        return each;
    }();
    return made;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    static SqliteStore store(":memory:", SqliteDb::Mode::read_write);
    std::ofstream(folders().ledger(), std::ios::binary | std::ios::trunc)
        .write(reinterpret_cast<const char*>(data), static_cast<std::streamsize>(size));
    try {
        const Ledger ledger(folders(), store);
    } catch (const StorageError&) {
        return 0;
    } catch (const UsageError&) {
        return 0;  // not of this queue
    }
    return 0;
}
