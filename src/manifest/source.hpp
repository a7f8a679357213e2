// The bytes of a file, decompressed on the way when it is gzip or zstd (told by its first bytes).

#pragma once

#include <cstddef>
#include <memory>
#include <string>

namespace nightshift {

class Source {
public:
    virtual ~Source() = default;
    // Up to `size` bytes; 0 only at the end. Throws UsageError when reading fails.
    virtual std::size_t read(char* to, std::size_t size) = 0;
    // Why the bytes ended before their time ("" when they did not): a damaged archive.
    virtual std::string damage() const { return {}; }
};

// `path` "-" is stdin. Throws UsageError when it cannot be opened. `refusal` is set when the file
// is of a kind that is known and not read (zip, xz, ...).
std::unique_ptr<Source> open_source(const std::string& path, std::string& refusal);

}  // namespace nightshift
