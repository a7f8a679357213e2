// A log of replies that a crash has torn: what is recovered is whole, whatever the bytes.

#include "replies/reply_log.hpp"

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <unistd.h>

using namespace nightshift;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    static const RunFolders folders{std::filesystem::temp_directory_path() /
                                    ("nightshift-fuzz-" + std::to_string(getpid()))};
    std::filesystem::remove_all(folders.replies());
    make_folders(folders);
    std::ofstream(folders.replies() / "1", std::ios::binary)
        .write(reinterpret_cast<const char*>(data), static_cast<std::streamsize>(size));
    ReplyLog log(folders);
    for (std::int64_t row = 0; row < 3; ++row) {
        const auto reply = log.recover(row, 1);
        if (reply && reply->body.size() > size) __builtin_trap();
    }
    return 0;
}
