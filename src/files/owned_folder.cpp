#include "files/owned_folder.hpp"

#include <algorithm>
#include <pwd.h>
#include <sys/stat.h>
#include <unistd.h>

namespace nightshift {
namespace {

namespace fs = std::filesystem;

constexpr int removed_max = 100;  // times that others may remove the folder while it is made

std::string name_of_user(uid_t user) {
    const auto* entry = getpwuid(user);
    return entry != nullptr ? entry->pw_name : "user " + std::to_string(user);
}

}  // namespace

fs::path resolved_dir(const fs::path& dir) {
    const bool climbs = std::find(dir.begin(), dir.end(), "..") != dir.end();
    if (!climbs) return dir;
    std::error_code error;
    auto resolved = fs::weakly_canonical(dir, error);
    if (error) throw StorageError("open " + dir.string() + ": " + error.message());
    return resolved;
}

std::string owner_warning(const RunFolders& folders) {
    for (const auto& path : {folders.root, folders.hidden(), folders.queue()}) {
        struct stat facts {};
        if (::stat(path.c_str(), &facts) != 0 || facts.st_uid == ::geteuid()) continue;
        auto text = path.string() + " belongs to " + name_of_user(facts.st_uid);
        if (::geteuid() == 0) return text + ": what its queue says is trusted as yours";
        throw UsageError(text +
                         ", and a run sends what the queue in it says; use a folder of your "
                         "own (-o)");
    }
    return {};
}

OwnedFolder::OwnedFolder(const RunFolders& folders, bool make) : folders_(folders) {
    for (int tries = 0;; ++tries) {
        warning_ = owner_warning(folders_);
        if (make) make_missing();
        try {
            lock_.emplace(folders_.hidden() / "lock");
            return;
        } catch (const FolderGone&) {
            // A start that failed took back what it had made, between our making and our lock.
            if (!make || tries == removed_max) throw;
        }
    }
}

void OwnedFolder::make_missing() {
    auto& disk = *folders_.disk;
    std::vector<fs::path> missing;
    std::error_code error;
    for (auto path = folders_.root; !path.empty() && !fs::exists(fs::symlink_status(path, error));
         path = path.parent_path()) {
        missing.push_back(path);
    }
    for (auto path = missing.rbegin(); path != missing.rend(); ++path) {
        if (disk.make_folder(*path, false)) made_.push_back(*path);
    }
    for (auto& path : make_folders(folders_)) made_.push_back(std::move(path));
}

// Those that started beside us and lost may have made a part of it; theirs stays.
OwnedFolder::~OwnedFolder() {
    if (!lock_) return;
    const auto hidden = std::find(made_.begin(), made_.end(), folders_.hidden());
    if (hidden != made_.end()) lock_->remove();
    for (auto path = made_.rbegin(); path != made_.rend(); ++path) ::rmdir(path->c_str());
}

}  // namespace nightshift
