#include "tests/simulation/sim_disk.hpp"

#include <algorithm>
#include <cstring>
#include <set>

namespace nightshift::test {
namespace {

constexpr std::size_t sector_bytes = 512;

}  // namespace

// An open file keeps its content alive when its name is gone.
class SimFile : public DiskFile {
public:
    SimFile(SimDisk& disk, SimDisk::Node node, std::string path)
        : disk_(disk), node_(std::move(node)), path_(std::move(path)) {}

    std::uint64_t size() override { return node_->now.size(); }

    std::size_t read(std::uint64_t offset, char* to, std::size_t count) override {
        const auto& bytes = node_->now;
        if (offset >= bytes.size()) return 0;
        count = std::min<std::size_t>(count, bytes.size() - offset);
        std::memcpy(to, bytes.data() + offset, count);
        return count;
    }

    void write(std::uint64_t offset, std::string_view bytes) override {
        disk_.write(node_, {.offset = offset, .bytes = std::string(bytes), .truncate = {}}, path_);
    }

    void truncate(std::uint64_t size) override {
        disk_.write(node_, {.offset = 0, .bytes = {}, .truncate = size}, path_);
    }

    void allocate(std::uint64_t size) override { disk_.allocate(node_, size, path_); }
    void sync() override { disk_.sync(node_, path_); }
    void show_to_others() override {}

private:
    SimDisk& disk_;
    SimDisk::Node node_;
    std::string path_;
};

std::string SimDisk::key_of(const std::filesystem::path& path) {
    return path.lexically_normal().string();
}

void SimDisk::apply(std::string& bytes, const Write& write) {
    if (write.truncate) {
        bytes.resize(static_cast<std::size_t>(*write.truncate));
        return;
    }
    const auto end = static_cast<std::size_t>(write.offset) + write.bytes.size();
    if (bytes.size() < end) bytes.resize(end);
    std::memcpy(bytes.data() + write.offset, write.bytes.data(), write.bytes.size());
}

void SimDisk::apply(Names& names, const NameChange& change) {
    if (!change.from.empty()) names.erase(change.from);
    if (!change.to.empty()) names[change.to] = change.node;
}

void SimDisk::fail(const std::string& what) const {
    throw StorageError(what + ": Input/output error");
}

bool SimDisk::begin_change(const std::string& what) {
    if (stopped_) throw StorageError(what + ": the process has ended");
    ++changes_;
    if (changes_ == fail_at_) fail(what);
    if (changes_ == stop_at_) stopped_ = true;
    return stopped_;
}

void SimDisk::change_names(NameChange change) {
    apply(names_, change);
    unsynced_names_.push_back(std::move(change));
}

void SimDisk::commit_names(std::size_t count) {
    for (std::size_t i = 0; i < count; ++i) apply(durable_names_, unsynced_names_[i]);
    unsynced_names_.erase(unsynced_names_.begin(),
                          unsynced_names_.begin() + static_cast<std::ptrdiff_t>(count));
}

std::unique_ptr<DiskFile> SimDisk::open(const std::filesystem::path& path, OpenFor what) {
    const auto key = key_of(path);
    const auto found = names_.find(key);
    if (found != names_.end()) {
        if (what == OpenFor::making) throw StorageError("open " + key + ": File exists");
        return std::make_unique<SimFile>(*this, found->second, key);
    }
    if (what == OpenFor::reading) throw StorageError("open " + key + ": No such file");
    begin_change("open " + key);
    auto node = std::make_shared<Inode>();
    change_names({.from = {}, .to = key, .node = node});
    return std::make_unique<SimFile>(*this, std::move(node), key);
}

bool SimDisk::exists(const std::filesystem::path& path) {
    return names_.count(key_of(path)) > 0;
}

bool SimDisk::rename_new(const std::filesystem::path& from, const std::filesystem::path& to) {
    if (exists(to)) return false;
    replace(from, to);
    return true;
}

bool SimDisk::link_new(const std::filesystem::path& from, const std::filesystem::path& to) {
    const auto found = names_.find(key_of(from));
    if (found == names_.end()) throw StorageError("create " + key_of(to) + ": No such file");
    if (exists(to)) return false;
    begin_change("create " + key_of(to));
    change_names({.from = {}, .to = key_of(to), .node = found->second});
    return true;
}

void SimDisk::replace(const std::filesystem::path& from, const std::filesystem::path& to) {
    const auto found = names_.find(key_of(from));
    if (found == names_.end()) throw StorageError("create " + key_of(to) + ": No such file");
    begin_change("create " + key_of(to));
    change_names({.from = key_of(from), .to = key_of(to), .node = found->second});
}

void SimDisk::remove(const std::filesystem::path& path) {
    const auto found = names_.find(key_of(path));
    if (found == names_.end()) return;
    begin_change("remove " + key_of(path));
    const auto node = found->second;
    const auto has_it = [&](const auto& entry) { return entry.second == node; };
    if (std::count_if(names_.begin(), names_.end(), has_it) == 1) {
        used_ -= node->now.size() + node->set_aside;
    }
    change_names({.from = key_of(path), .to = {}, .node = {}});
}

std::vector<std::string> SimDisk::list(const std::filesystem::path& folder) {
    std::vector<std::string> names;
    const auto prefix = key_of(folder) + "/";
    for (const auto& [name, node] : names_) {
        if (name.rfind(prefix, 0) != 0) continue;
        const auto rest = name.substr(prefix.size());
        if (rest.find('/') == std::string::npos) names.push_back(rest);
    }
    return names;
}

void SimDisk::sync_folder(const std::filesystem::path& path) {
    begin_sync("sync " + key_of(path));
    const auto prefix = key_of(path / "x").substr(0, key_of(path / "x").size() - 1);
    auto is_in = [&](const std::string& name) { return name.rfind(prefix, 0) == 0; };
    for (std::size_t i = unsynced_names_.size(); i > 0; --i) {
        const auto& change = unsynced_names_[i - 1];
        if (is_in(change.from) || is_in(change.to)) return commit_names(i);
    }
}

std::optional<DiskSpace> SimDisk::space(const std::filesystem::path&) {
    return DiskSpace{.free_bytes = capacity_ > used_ ? capacity_ - used_ : 0,
                     .total_bytes = capacity_};
}

void SimDisk::write(const Node& node, Write write, const std::string& path) {
    const bool last = begin_change("write " + path);
    const auto before = node->now.size();
    const auto after = write.truncate
                           ? static_cast<std::size_t>(*write.truncate)
                           : std::max<std::size_t>(before, write.offset + write.bytes.size());
    if (after > before && used_ + (after - before) > capacity_) {
        throw DiskFull("write " + path + ": No space left on device");
    }
    if (last && !write.truncate && !write.bytes.empty()) {
        write.bytes.resize(random_.bits() % write.bytes.size());  // a torn write
    }
    apply(node->now, write);
    used_ = used_ + node->now.size() - before;
    node->unsynced.push_back(std::move(write));
    if (last) throw StorageError("write " + path + ": the process has ended");
}

void SimDisk::allocate(const Node& node, std::uint64_t size, const std::string& path) {
    begin_change("make room in " + path);
    if (used_ + size > capacity_) throw DiskFull("make room in " + path + ": No space left");
    node->set_aside = size;
    used_ += size;
}

void SimDisk::begin_sync(const std::string& what) {
    if (begin_change(what) && random_.unit() < 0.5) fail(what);
}

void SimDisk::sync(const Node& node, const std::string& path) {
    begin_sync("sync " + path);
    for (const auto& write : node->unsynced) apply(node->durable, write);
    node->unsynced.clear();
    for (std::size_t i = unsynced_names_.size(); i > 0; --i) {
        const auto& change = unsynced_names_[i - 1];
        if (change.node == node && change.from.empty()) return commit_names(i);
    }
}

// Each unsynced write is lost, done, or done in some of its sectors.
void SimDisk::crash(Crash how) {
    stopped_ = false;
    stop_at_ = fail_at_ = 0;
    if (how == Crash::killed) return;
    ++boots_;
    commit_names(unsynced_names_.empty() ? 0 : random_.bits() % (unsynced_names_.size() + 1));
    unsynced_names_.clear();
    names_ = durable_names_;
    const double luck = random_.unit() < 0.3 ? 0 : random_.unit();
    for (auto& [name, node] : names_) {
        for (const auto& write : node->unsynced) {
            if (write.truncate) {
                if (random_.unit() < luck) apply(node->durable, write);
                continue;
            }
            for (std::size_t at = 0; at < write.bytes.size(); at += sector_bytes) {
                if (random_.unit() >= luck) continue;
                apply(node->durable, {.offset = write.offset + at,
                                      .bytes = write.bytes.substr(at, sector_bytes),
                                      .truncate = {}});
            }
        }
        node->unsynced.clear();
        node->now = node->durable;
    }
    used_ = 0;
    std::set<Node> counted;
    for (const auto& [name, node] : names_) {
        if (counted.insert(node).second) used_ += node->now.size() + node->set_aside;
    }
}

std::map<std::string, std::string> SimDisk::files_below(const std::string& folder) const {
    std::map<std::string, std::string> files;
    for (const auto& [name, node] : names_) {
        if (name.rfind(folder + "/", 0) == 0) files[name.substr(folder.size() + 1)] = node->now;
    }
    return files;
}

}  // namespace nightshift::test
