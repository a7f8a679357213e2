#include "tests/simulation/disk_vfs.hpp"

#include <sqlite3.h>

#include <algorithm>
#include <cstring>
#include <new>
#include <vector>

namespace nightshift::test {
namespace {

using Shared = std::vector<std::unique_ptr<char[]>>;

// SQLite hands out raw memory of this size for each open file.
struct OpenFile {
    sqlite3_file base;
    DiskFile* file;
    Shared* shared;
};

OpenFile& own(sqlite3_file* file) {
    return *reinterpret_cast<OpenFile*>(file);
}

template <class Work>
int guarded(int otherwise, Work work) {
    try {
        work();
        return SQLITE_OK;
    } catch (const DiskFull&) {
        return SQLITE_FULL;
    } catch (const StorageError&) {
        return otherwise;
    }
}

int close_file(sqlite3_file* file) {
    delete own(file).file;
    delete own(file).shared;
    return SQLITE_OK;
}

int read_file(sqlite3_file* file, void* to, int count, sqlite3_int64 offset) {
    const auto wanted = static_cast<std::size_t>(count);
    auto* bytes = static_cast<char*>(to);
    const auto got = own(file).file->read(static_cast<std::uint64_t>(offset), bytes, wanted);
    if (got == wanted) return SQLITE_OK;
    std::memset(bytes + got, 0, wanted - got);
    return SQLITE_IOERR_SHORT_READ;
}

int write_file(sqlite3_file* file, const void* from, int count, sqlite3_int64 offset) {
    return guarded(SQLITE_IOERR_WRITE, [&] {
        own(file).file->write(static_cast<std::uint64_t>(offset),
                              {static_cast<const char*>(from), static_cast<std::size_t>(count)});
    });
}

int truncate_file(sqlite3_file* file, sqlite3_int64 size) {
    return guarded(SQLITE_IOERR_TRUNCATE,
                   [&] { own(file).file->truncate(static_cast<std::uint64_t>(size)); });
}

int sync_file(sqlite3_file* file, int) {
    return guarded(SQLITE_IOERR_FSYNC, [&] { own(file).file->sync(); });
}

int size_of_file(sqlite3_file* file, sqlite3_int64* size) {
    *size = static_cast<sqlite3_int64>(own(file).file->size());
    return SQLITE_OK;
}

int lock_file(sqlite3_file*, int) {
    return SQLITE_OK;
}

int check_lock(sqlite3_file*, int* reserved) {
    *reserved = 0;
    return SQLITE_OK;
}

int control_file(sqlite3_file*, int, void*) {
    return SQLITE_NOTFOUND;
}

int sector_size(sqlite3_file*) {
    return 512;
}

int characteristics(sqlite3_file*) {
    return 0;
}

int map_shared(sqlite3_file* file, int region, int bytes, int, void volatile** memory) {
    auto& regions = *own(file).shared;
    while (regions.size() <= static_cast<std::size_t>(region)) {
        regions.push_back(std::make_unique<char[]>(static_cast<std::size_t>(bytes)));
    }
    *memory = regions[static_cast<std::size_t>(region)].get();
    return SQLITE_OK;
}

int lock_shared(sqlite3_file*, int, int, int) {
    return SQLITE_OK;
}

void shared_barrier(sqlite3_file*) {}

int unmap_shared(sqlite3_file* file, int) {
    own(file).shared->clear();
    return SQLITE_OK;
}

const sqlite3_io_methods methods = {2,
                                    close_file,
                                    read_file,
                                    write_file,
                                    truncate_file,
                                    sync_file,
                                    size_of_file,
                                    lock_file,
                                    lock_file,
                                    check_lock,
                                    control_file,
                                    sector_size,
                                    characteristics,
                                    map_shared,
                                    lock_shared,
                                    shared_barrier,
                                    unmap_shared,
                                    nullptr,
                                    nullptr};

Disk& disk_of(sqlite3_vfs* vfs) {
    return *static_cast<Disk*>(vfs->pAppData);
}

int open_file(sqlite3_vfs* vfs, const char* name, sqlite3_file* file, int flags, int* flags_out) {
    file->pMethods = nullptr;
    const int code = guarded(SQLITE_CANTOPEN, [&] {
        const bool make = (flags & SQLITE_OPEN_CREATE) != 0;
        auto opened = disk_of(vfs).open(name, make ? OpenFor::writing : OpenFor::reading);
        own(file).file = opened.release();
        own(file).shared = new Shared;
        file->pMethods = &methods;
    });
    if (flags_out != nullptr) *flags_out = flags;
    return code;
}

int delete_file(sqlite3_vfs* vfs, const char* name, int sync_folder) {
    return guarded(SQLITE_IOERR_DELETE, [&] {
        disk_of(vfs).remove(name);
        if (sync_folder == 0) return;
        disk_of(vfs).sync_folder(std::filesystem::path(name).parent_path());
    });
}

int access_file(sqlite3_vfs* vfs, const char* name, int, int* result) {
    *result = disk_of(vfs).exists(name) ? 1 : 0;
    return SQLITE_OK;
}

int full_path(sqlite3_vfs*, const char* name, int room, char* path) {
    sqlite3_snprintf(room, path, "%s", name);
    return SQLITE_OK;
}

int random_bytes(sqlite3_vfs*, int count, char* bytes) {
    std::memset(bytes, 7, static_cast<std::size_t>(count));  // every run the same
    return count;
}

int sleep_for(sqlite3_vfs*, int) {
    return 0;
}

int julian_day(sqlite3_vfs*, double* day) {
    *day = 2461000.5;
    return SQLITE_OK;
}

int last_error(sqlite3_vfs*, int, char*) {
    return 0;
}

}  // namespace

struct DiskVfs::Registered {
    std::string name;
    sqlite3_vfs vfs{};
};

DiskVfs::DiskVfs(Disk& disk) : registered_(std::make_unique<Registered>()) {
    static int count = 0;
    registered_->name = "disk-" + std::to_string(++count);
    auto& vfs = registered_->vfs;
    vfs.iVersion = 1;
    vfs.szOsFile = sizeof(OpenFile);
    vfs.mxPathname = 512;
    vfs.zName = registered_->name.c_str();
    vfs.pAppData = &disk;
    vfs.xOpen = open_file;
    vfs.xDelete = delete_file;
    vfs.xAccess = access_file;
    vfs.xFullPathname = full_path;
    vfs.xRandomness = random_bytes;
    vfs.xSleep = sleep_for;
    vfs.xCurrentTime = julian_day;
    vfs.xGetLastError = last_error;
    if (sqlite3_vfs_register(&vfs, 0) != SQLITE_OK) throw std::bad_alloc();
}

DiskVfs::~DiskVfs() {
    sqlite3_vfs_unregister(&registered_->vfs);
}

const std::string& DiskVfs::name() const {
    return registered_->name;
}

}  // namespace nightshift::test
