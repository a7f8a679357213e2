#include "cli/run/copied_folder.hpp"

#include "base/failure.hpp"
#include "base/text/shell_word.hpp"
#include "screen/terminal.hpp"

#include <fmt/format.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <fcntl.h>
#include <fstream>
#include <sstream>
#include <string>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

namespace nightshift::cli {
namespace {

constexpr const char* home_key = "home";

// Where a queue lies. A clone of a whole machine has the same numbers, and another machine id.
struct Home {
    std::string machine = "-";  // "-": unknown
    unsigned long long device = 0, inode = 0;
    long long born_ns = 0;  // 0: the file system does not say

    // Device numbers may change with a reboot; then the time of birth tells.
    bool is(const Home& other) const {
        const bool same_device = device == other.device;
        const bool same_birth = born_ns != 0 && born_ns == other.born_ns;
        return machine == other.machine && inode == other.inode && (same_device || same_birth);
    }
    std::string text() const { return fmt::format("{} {} {} {}", machine, device, inode, born_ns); }
};

Home home_in(const std::string& text) {
    Home home;
    std::istringstream(text) >> home.machine >> home.device >> home.inode >> home.born_ns;
    return home;
}

Home home_of(const std::filesystem::path& folder) {
    Home home;
    errno = 0;
    std::ifstream machine("/etc/machine-id");
    // Taken for another machine, the folder would be called a copy.
    if (!machine && (errno == EMFILE || errno == ENFILE)) {
        throw StorageError(
            fmt::format("open /etc/machine-id: {}; raise the limit (ulimit -n) and run the same "
                        "command",
                        std::strerror(errno)));
    }
    machine >> home.machine;
    if (home.machine.empty()) home.machine = "-";
    struct statx facts {};
    if (statx(AT_FDCWD, folder.c_str(), AT_SYMLINK_NOFOLLOW, STATX_INO | STATX_BTIME, &facts) ==
        0) {
        home.device = makedev(facts.stx_dev_major, facts.stx_dev_minor);
        home.inode = facts.stx_ino;
        const bool has_birth = (facts.stx_mask & STATX_BTIME) != 0;
        if (has_birth)
            home.born_ns = facts.stx_btime.tv_sec * 1'000'000'000LL +
                           static_cast<long long>(facts.stx_btime.tv_nsec);
    }
    return home;
}

bool agrees(const std::string& question) {
    screen::say(stderr, question + " [y/N] ");
    const int answer = std::getchar();
    return answer == 'y' || answer == 'Y';
}

}  // namespace

void require_home(Store& store, const RunFolders& folders, bool adopt) {
    const auto before = store.meta(home_key);
    const auto now = home_of(folders.hidden());
    if (!before.empty() && home_in(before).is(now)) return;
    Selection open;
    open.states = {State::pending, State::running, State::submitted};
    const auto tasks = before.empty() ? 0 : store.count_of(open);
    if (tasks > 0 && !adopt) {
        const auto dir = folders.root.string();
        const auto found = fmt::format(
            "{} is a copy of a run directory: if the original is run too, {} unfinished task{} may "
            "be paid for twice.",
            dir, tasks, tasks == 1 ? "" : "s");
        const bool may_ask = isatty(STDIN_FILENO) != 0 && isatty(STDERR_FILENO) != 0;
        if (!may_ask || !agrees(found + " Run it here from now on?")) {
            throw UsageError(found +
                             " If only this one is used from now on, add --adopt: "
                             "nightshift run -o " +
                             shell_word(dir) + " --adopt");
        }
    }
    store.transact([&] { store.set_meta(home_key, now.text()); });
}

}  // namespace nightshift::cli
