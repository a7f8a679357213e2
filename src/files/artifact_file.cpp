#include "files/artifact_file.hpp"

#include "base/digest.hpp"

#include <algorithm>
#include <utility>

namespace nightshift {
namespace {

namespace fs = std::filesystem;

constexpr int spare_names_max = 10'000;

[[noreturn]] void refuse(const char* operation, const fs::path& path, const char* cause) {
    throw StorageError(std::string(operation) + " " + path.string() + ": " + cause);
}

bool is_file_name(std::string_view name) {
    return !name.empty() && name != "." && name != ".." && name.size() <= 255 &&
           name.find('/') == std::string_view::npos && name.find('\0') == std::string_view::npos;
}

// A file name, or several with "/" between them: the last in folders of the others.
bool is_output_name(std::string_view name) {
    constexpr std::size_t steps_max = 16;
    for (std::size_t step = 0; step < steps_max; ++step) {
        const auto slash = name.find('/');
        if (!is_file_name(name.substr(0, slash))) return false;
        if (slash == name.npos) return true;
        name.remove_prefix(slash + 1);
    }
    return false;
}

// The same name with its folders there; flat, where something else has the name of a folder.
std::string with_folders(const RunFolders& folders, const std::string& name) {
    const auto slash = name.rfind('/');
    if (slash == name.npos) return name;
    try {
        folders.disk->make_folders_below(folders.outputs(), name.substr(0, slash));
        return name;
    } catch (const DiskFull&) {
        throw;
    } catch (const StorageError&) {
        const auto taken = folders.outputs() / name.substr(0, name.find('/'));
        if (!folders.disk->exists(taken)) throw;
        auto flat = name;
        std::replace(flat.begin(), flat.end(), '/', '-');
        if (!is_file_name(flat)) throw;
        return flat;
    }
}

fs::path folder_of(const RunFolders& folders, const PartFile::Kept& kept) {
    return (folders.root / kept.path).parent_path();
}

// "x.png" -> "x-2.png", "x.2.png" -> "x.2-2.png".
std::string spare_name(const std::string& name, int number) {
    const auto dot = name.rfind('.');
    const auto stem = name.substr(0, dot);
    const auto extension = dot == std::string::npos ? "" : name.substr(dot);
    return stem + "-" + std::to_string(number) + extension;
}

// The first name like `final_name` that `take` gets hold of, or that a file of the same bytes has.
PartFile::Kept under_free_name(const RunFolders& folders, const std::string& final_name,
                               const PartFile::Sealed& sealed,
                               const std::function<bool(const fs::path&)>& take) {
    const auto outputs = folders.outputs();
    if (!is_output_name(final_name)) refuse("create", outputs / final_name, "not a file name");
    const auto first = with_folders(folders, final_name);
    auto name = first;
    for (int number = 2; number < spare_names_max; ++number) {
        if (take(outputs / name) || same_output(folders, name, sealed)) {
            return {.path = "outputs/" + name, .bytes = sealed.bytes, .sha256 = sealed.sha256};
        }
        name = spare_name(first, number);
    }
    refuse("create", outputs / final_name, "every name like it is taken");
}

}  // namespace

PartFile::PartFile(const RunFolders& folders, std::string name)
    : folders_(folders), name_(std::move(name)) {
    if (!is_file_name(name_)) refuse("open", path(), "not a file name");
    file_ = folders_.disk->open(path(), OpenFor::writing);
    hash_ = std::make_shared<FileHash>(file_);
    size_ = file_->size();
}

std::string PartFile::path() const {
    return (folders_.parts() / name_).string();
}

MediaFacts PartFile::facts() const {
    return facts_of_file(*file_);
}

void PartFile::write(std::string_view bytes) {
    try {
        file_->write(size_, bytes);
    } catch (const StorageError&) {
        size_ = file_->size();  // what did get there is good
        throw;
    }
    size_ += bytes.size();
}

std::function<void()> PartFile::hashing() {
    if (!hash_->is_due(size_)) return nullptr;
    return [hash = hash_] { hash->follow(); };
}

void PartFile::restart() {
    hash_->forget();
    file_->truncate(0);
    size_ = 0;
}

void PartFile::discard() {
    hash_.reset();
    file_.reset();
    folders_.disk->remove(path());
    size_ = 0;
}

PartFile::Sealed PartFile::seal() {
    file_->sync();
    return {.bytes = size_, .sha256 = hash_->finish()};
}

PartFile::Sealed PartFile::seal(std::string_view all) {
    file_->sync();
    return {.bytes = size_, .sha256 = sha256_hex(all)};
}

PartFile::Kept PartFile::keep(const std::string& final_name, const Sealed& sealed) {
    file_->show_to_others();
    bool moved = false;
    const auto move = [&](const fs::path& to) {
        return moved = folders_.disk->rename_new(path(), to);
    };
    auto kept = under_free_name(folders_, final_name, sealed, move);
    folders_.disk->sync_folder(folder_of(folders_, kept));
    if (!moved) discard();
    hash_.reset();
    file_.reset();
    return kept;
}

PartFile::Kept keep_linked(const RunFolders& folders, const fs::path& path, DiskFile& file,
                           const std::string& final_name, const PartFile::Sealed& sealed) {
    file.show_to_others();
    const auto link = [&](const fs::path& to) { return folders.disk->link_new(path, to); };
    auto kept = under_free_name(folders, final_name, sealed, link);
    const auto folder = folder_of(folders, kept);
    if (folder != folders.outputs()) folders.disk->sync_folder(folder);
    return kept;
}

std::shared_ptr<DiskFile> same_output(const RunFolders& folders, const std::string& name,
                                      const PartFile::Sealed& sealed) {
    if (!is_output_name(name) || !folders.disk->exists(folders.outputs() / name)) return nullptr;
    std::shared_ptr<DiskFile> file;
    try {
        file = folders.disk->open_below(folders.outputs(), name);
    } catch (const StorageError&) {
        return nullptr;  // a link, a folder, or not ours to read
    }
    if (file->size() != sealed.bytes || FileHash(file).finish() != sealed.sha256) return nullptr;
    file->sync();  // whoever wrote it may have died before
    return file;
}

std::vector<fs::path> make_folders(const RunFolders& folders) {
    auto& disk = *folders.disk;
    std::vector<fs::path> made;
    const auto make = [&](const fs::path& path, bool owner_only) {
        if (disk.make_folder(path, owner_only)) made.push_back(path);
    };
    make(folders.hidden(), true);
    make(folders.outputs(), false);
    make(folders.parts(), true);
    make(folders.replies(), true);
    disk.sync_folder(folders.root / ".");
    return made;
}

void write_whole(Disk& disk, const fs::path& path, std::string_view bytes) {
    const auto folder = path.parent_path();
    const auto part = folder / ("." + path.filename().string() + ".part");
    {
        const auto file = disk.open(part, OpenFor::writing);
        file->truncate(0);
        file->write(0, bytes);
        file->sync();
    }
    disk.replace(part, path);
    disk.sync_folder(folder);
}

std::string read_whole(Disk& disk, const fs::path& path) {
    if (!disk.exists(path)) return {};
    const auto file = disk.open(path, OpenFor::reading);
    std::string bytes(static_cast<std::size_t>(file->size()), '\0');
    bytes.resize(file->read(0, bytes.data(), bytes.size()));
    return bytes;
}

}  // namespace nightshift
