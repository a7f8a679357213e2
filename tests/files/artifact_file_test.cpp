#include "files/artifact_file.hpp"

#include "base/digest.hpp"
#include "base/failure.hpp"

#include <doctest/doctest.h>

#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <fstream>
#include <iterator>

using namespace nightshift;
namespace fs = std::filesystem;

namespace {

// A run directory that goes away with its test.
struct Run {
    Run() {
        std::string pattern = (fs::temp_directory_path() / "nightshift-XXXXXX").string();
        REQUIRE(mkdtemp(pattern.data()) != nullptr);
        top = pattern;
        folders.root = top / "run";
        make_folders(folders);
    }
    ~Run() {
        std::error_code ec;
        fs::remove_all(top, ec);
    }
    fs::path top;
    RunFolders folders;
};

std::string content_of(const fs::path& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
}

void put(const fs::path& path, const std::string& bytes) {
    std::ofstream(path, std::ios::binary) << bytes;
}

mode_t mode_of(const fs::path& path) {
    struct stat facts {};
    REQUIRE(lstat(path.c_str(), &facts) == 0);
    return facts.st_mode & 0777;
}

std::size_t entries_in(const fs::path& folder) {
    return static_cast<std::size_t>(
        std::distance(fs::directory_iterator(folder), fs::directory_iterator()));
}

PartFile::Kept keep(const Run& run, const std::string& bytes, const std::string& name) {
    PartFile part(run.folders, "p");
    part.write(bytes);
    return part.keep(name);
}

}  // namespace

TEST_CASE("the folders are made once, the hidden ones for the owner only") {
    const Run run;
    fs::permissions(run.folders.hidden(), fs::perms(0755));

    make_folders(run.folders);

    CHECK(mode_of(run.folders.hidden()) == 0700);
    CHECK(mode_of(run.folders.parts()) == 0700);
    CHECK(fs::is_directory(run.folders.outputs()));
}

TEST_CASE("a kept file is whole, readable, hashed, and its part is gone") {
    const Run run;
    const std::string bytes(1'000'000, 'x');

    const auto kept = keep(run, bytes, "a.png");

    CHECK(kept.path == "outputs/a.png");
    CHECK(kept.bytes == bytes.size());
    CHECK(kept.sha256 == sha256_hex(bytes));
    CHECK(content_of(run.folders.root / kept.path) == bytes);
    CHECK(mode_of(run.folders.root / kept.path) == 0644);
    CHECK(entries_in(run.folders.parts()) == 0);
}

TEST_CASE("a part survives its object and is gone on with") {
    const Run run;
    {
        PartFile part(run.folders, "p");
        part.write("hello ");
    }

    PartFile part(run.folders, "p");
    CHECK(part.size() == 6);
    CHECK(mode_of(part.path()) == 0600);
    part.write("world");
    CHECK(part.size() == 11);
    const auto kept = part.keep("x.txt");

    CHECK(content_of(run.folders.root / kept.path) == "hello world");
    CHECK(kept.sha256 == sha256_hex("hello world"));
}

TEST_CASE("a part can be started over and thrown away") {
    const Run run;
    PartFile part(run.folders, "p");
    part.write("old");

    part.restart();
    part.write("new!");

    CHECK(part.size() == 4);
    CHECK(content_of(part.path()) == "new!");
    part.discard();
    part.discard();
    CHECK(entries_in(run.folders.parts()) == 0);
}

TEST_CASE(
    "fault row 88: nothing is overwritten: equal bytes are adopted, others get the next free "
    "name") {
    const Run run;
    keep(run, "one", "a.2.png");

    const auto same = keep(run, "one", "a.2.png");
    const auto other = keep(run, "two", "a.2.png");
    const auto third = keep(run, "three", "a.2.png");
    const auto other_again = keep(run, "two", "a.2.png");
    const auto bare = (keep(run, "x", "bare"), keep(run, "y", "bare"));

    CHECK(same.path == "outputs/a.2.png");
    CHECK(other.path == "outputs/a.2-2.png");
    CHECK(third.path == "outputs/a.2-3.png");
    CHECK(other_again.path == "outputs/a.2-2.png");
    CHECK(bare.path == "outputs/bare-2");
    CHECK(content_of(run.folders.root / "outputs/a.2.png") == "one");
    CHECK(entries_in(run.folders.parts()) == 0);
}

TEST_CASE("fault row 88: symbolic links lead nowhere") {
    const Run run;
    put(run.top / "victim", "precious");
    fs::create_symlink(run.top / "victim", run.folders.parts() / "p");
    fs::create_symlink(run.top / "victim", run.folders.outputs() / "a.png");

    CHECK_THROWS_AS(PartFile(run.folders, "p"), StorageError);
    fs::remove(run.folders.parts() / "p");
    const auto kept = keep(run, "precious", "a.png");
    fs::remove_all(run.folders.outputs());
    fs::create_directory_symlink(run.top, run.folders.outputs());
    CHECK_THROWS_AS(keep(run, "x", "b.png"), StorageError);

    CHECK(kept.path == "outputs/a-2.png");
    CHECK(content_of(run.top / "victim") == "precious");
    CHECK_FALSE(fs::exists(run.top / "b.png"));
}

TEST_CASE("fault row 96: a folder that was swapped for a link leads nowhere") {
    const Run run;
    auto& disk = *run.folders.disk;
    fs::create_directories(run.top / "victim");
    put(run.top / "victim/live", "precious");
    put(run.top / "victim/new", "planted");
    fs::remove_all(run.folders.parts());
    fs::create_directory_symlink(run.top / "victim", run.folders.parts());

    CHECK_THROWS_AS(disk.remove(run.folders.parts() / "live"), StorageError);
    CHECK_THROWS_AS(disk.replace(run.folders.parts() / "new", run.folders.parts() / "live"),
                    StorageError);

    CHECK(content_of(run.top / "victim/live") == "precious");
    CHECK(content_of(run.top / "victim/new") == "planted");
    CHECK_NOTHROW(disk.remove(run.top / "gone" / "file"));
}

TEST_CASE("fault row 88: names that are paths are refused") {
    const Run run;
    CHECK_THROWS_AS(PartFile(run.folders, "a/b"), StorageError);
    for (const std::string name : {"", ".", "..", "../x", "/x", "a/../../x", "a/", "a//b"}) {
        CAPTURE(name);
        CHECK_THROWS_AS(PartFile(run.folders, name), StorageError);
        CHECK_THROWS_AS(keep(run, "x", name), StorageError);
    }
    CHECK_THROWS_AS(keep(run, "x", std::string("a\0b", 3)), StorageError);
    CHECK(entries_in(run.folders.outputs()) == 0);
}

TEST_CASE("a name may have folders, which are made and never links") {
    const Run run;
    CHECK(keep(run, "one", "训练/猫/a.png").path == "outputs/训练/猫/a.png");
    CHECK(keep(run, "two", "训练/猫/a.png").path == "outputs/训练/猫/a-2.png");
    CHECK(keep(run, "one", "训练/猫/a.png").path == "outputs/训练/猫/a.png");
    CHECK(content_of(run.folders.outputs() / "训练/猫/a.png") == "one");

    fs::create_directory(run.top / "elsewhere");
    fs::create_directory_symlink(run.top / "elsewhere", run.folders.outputs() / "link");
    put(run.folders.outputs() / "file", "x");
    CHECK(keep(run, "one", "link/a.png").path == "outputs/link-a.png");
    CHECK(keep(run, "one", "file/a.png").path == "outputs/file-a.png");
    CHECK(entries_in(run.top / "elsewhere") == 0);
    put(run.top / "elsewhere/a.png", "one");
    CHECK(same_output(run.folders, "训练/猫/a.png", {.bytes = 3, .sha256 = sha256_hex("one")}) !=
          nullptr);
    CHECK(same_output(run.folders, "link/a.png", {.bytes = 3, .sha256 = sha256_hex("one")}) ==
          nullptr);
}

TEST_CASE("fault row 72: a full disk is told with the operation, the file and the cause") {
    const Run run;
    PartFile part(run.folders, "p");
    const auto old_handler = std::signal(SIGXFSZ, SIG_IGN);
    rlimit limit{};
    REQUIRE(getrlimit(RLIMIT_FSIZE, &limit) == 0);
    auto small = limit;
    small.rlim_cur = 10;  // writing fails like on a full disk, with EFBIG

    REQUIRE(setrlimit(RLIMIT_FSIZE, &small) == 0);
    std::string message;
    try {
        part.write("more than ten bytes");
    } catch (const StorageError& error) {
        message = error.what();
    }
    REQUIRE(setrlimit(RLIMIT_FSIZE, &limit) == 0);
    std::signal(SIGXFSZ, old_handler);

    CHECK(message == "write " + part.path() + ": File too large");
    CHECK(part.size() == 10);
}

TEST_CASE("folders that cannot be used are storage errors") {
    const Run run;
    put(run.top / "file", "");

    CHECK_THROWS_AS(make_folders(RunFolders{run.top / "file"}), StorageError);
    CHECK_THROWS_AS(make_folders(RunFolders{run.top / "file" / "below"}), StorageError);
    fs::remove_all(run.folders.parts());
    CHECK_THROWS_AS(PartFile(run.folders, "p"), StorageError);
}

TEST_CASE("a small file is replaced whole") {
    const Run run;
    const auto path = run.folders.root / "ledger.jsonl";

    write_whole(posix_disk(), path, "one\n");
    write_whole(posix_disk(), path, "two\n");

    CHECK(content_of(path) == "two\n");
    CHECK(entries_in(run.folders.root) == 3);
    CHECK_THROWS_AS(write_whole(posix_disk(), run.top / "absent" / "x", "y"), StorageError);
}

TEST_CASE("a file gets a second name among the outputs, and keeps the first") {
    const Run run;
    const auto path = run.folders.replies() / "lifted";
    put(path, "image");
    const auto file = posix_disk().open(path, OpenFor::reading);
    const PartFile::Sealed sealed{.bytes = 5, .sha256 = sha256_hex("image")};

    const auto kept = keep_linked(run.folders, path, *file, "x.png", sealed);
    CHECK(kept.path == "outputs/x.png");
    CHECK(fs::equivalent(path, run.folders.outputs() / "x.png"));
    CHECK(mode_of(path) == 0644);

    // The same again, as after a crash.
    CHECK(keep_linked(run.folders, path, *file, "x.png", sealed).path == "outputs/x.png");
    put(run.folders.outputs() / "y.png", "other");
    CHECK(keep_linked(run.folders, path, *file, "y.png", sealed).path == "outputs/y-2.png");
    CHECK(content_of(run.folders.outputs() / "y.png") == "other");
    CHECK_THROWS_AS(keep_linked(run.folders, path, *file, "../z.png", sealed), StorageError);
}
