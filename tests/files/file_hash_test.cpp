#include "files/file_hash.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cstring>

using namespace nightshift;

namespace {

constexpr std::size_t much = 9u << 20;  // more than is waited for

// A file in memory that counts what is read of it.
class Bytes : public DiskFile {
public:
    std::uint64_t size() override { return bytes.size(); }
    std::size_t read(std::uint64_t offset, char* to, std::size_t count) override {
        if (broken) throw StorageError("read x: broken");
        if (offset >= bytes.size()) return 0;
        count = std::min<std::size_t>(count, bytes.size() - offset);
        std::memcpy(to, bytes.data() + offset, count);
        read_bytes += count;
        return count;
    }
    void write(std::uint64_t, std::string_view more) override { bytes += more; }
    void truncate(std::uint64_t length) override { bytes.resize(length); }
    void allocate(std::uint64_t) override {}
    void sync() override {}
    void begin_sync(std::uint64_t offset, std::uint64_t count) override {
        begun_bytes = offset + count;
    }
    void show_to_others() override {}

    std::string bytes;
    std::uint64_t read_bytes = 0, begun_bytes = 0;
    bool broken = false;
};

struct Stage {
    std::shared_ptr<Bytes> file = std::make_shared<Bytes>();
    FileHash hash{file};
    void grow(std::size_t count, char with) { file->bytes.append(count, with); }
};

}  // namespace

TEST_CASE("a file is hashed behind its writer, each byte once") {
    Stage stage;
    stage.grow(much, 'a');
    REQUIRE(stage.hash.is_due(much));
    CHECK_FALSE(stage.hash.is_due(2 * much));  // it is being followed
    stage.grow(much, 'b');
    stage.hash.follow();
    CHECK(stage.file->read_bytes == much);  // up to where it was when it was asked
    CHECK(stage.file->begun_bytes == much);
    CHECK(stage.hash.is_due(2 * much));
    stage.hash.follow();
    stage.grow(3, 'c');
    const auto whole = stage.file->bytes;
    CHECK(stage.hash.finish() == sha256_hex(whole));
    CHECK(stage.file->read_bytes == whole.size());
}

TEST_CASE("little is not worth following") {
    Stage stage;
    stage.grow(1000, 'a');
    CHECK_FALSE(stage.hash.is_due(1000));
    CHECK(stage.hash.finish() == sha256_hex(stage.file->bytes));
    CHECK(stage.hash.finish() == sha256_hex(stage.file->bytes));  // it begins anew
}

TEST_CASE("a file that is cut to nothing is hashed anew, even while it is followed") {
    Stage stage;
    stage.grow(much, 'a');
    REQUIRE(stage.hash.is_due(much));
    stage.hash.forget();
    stage.file->bytes = "other";
    stage.hash.follow();  // late
    CHECK(stage.hash.finish() == sha256_hex("other"));
    stage.grow(much, 'a');
    CHECK(stage.hash.is_due(much + 5));
}

TEST_CASE("what the disk refuses is told at the end") {
    Stage stage;
    stage.grow(much, 'a');
    REQUIRE(stage.hash.is_due(much));
    stage.file->broken = true;
    stage.hash.follow();
    CHECK_THROWS_AS(stage.hash.finish(), StorageError);
    stage.file->broken = false;
    CHECK(stage.hash.finish() == sha256_hex(stage.file->bytes));
}
