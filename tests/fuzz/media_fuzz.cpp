// Bytes that are said to be a picture, a sound or a film. What they are is the same in memory and
// on a disk that is read through a window, and sizes and durations make sense.

#include "files/media/media.hpp"

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>

using namespace nightshift;

namespace {

class MemoryFile : public DiskFile {
public:
    explicit MemoryFile(std::string_view bytes) : bytes_(bytes) {}
    std::uint64_t size() override { return bytes_.size(); }
    std::size_t read(std::uint64_t offset, char* to, std::size_t count) override {
        if (offset >= bytes_.size()) return 0;
        count = std::min(count, bytes_.size() - static_cast<std::size_t>(offset));
        std::memcpy(to, bytes_.data() + offset, count);
        return count;
    }
    void write(std::uint64_t, std::string_view) override {}
    void truncate(std::uint64_t) override {}
    void allocate(std::uint64_t) override {}
    void sync() override {}
    void show_to_others() override {}

private:
    std::string_view bytes_;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view bytes(reinterpret_cast<const char*>(data), size);
    const auto in_memory = facts_of(bytes);
    MemoryFile file(bytes);
    const auto on_disk = facts_of_file(file);
    if (in_memory.format != on_disk.format || in_memory.complete != on_disk.complete) abort();
    if (in_memory.width && *in_memory.width < 0) abort();
    if (in_memory.duration_s && !(*in_memory.duration_s >= 0)) abort();
    return 0;
}
