// A table: read without a crash, each row with a cell for each column, in valid UTF-8, and lines
// that only grow.

#include "recipe/data/csv.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <memory>

using namespace nightshift;

namespace {

class Bytes : public Source {
public:
    Bytes(const std::uint8_t* data, std::size_t size) : data_(data), size_(size) {}
    std::size_t read(char* to, std::size_t size) override {
        const auto part = std::min({size, size_ - at_, std::size_t(7)});
        if (part > 0) std::memcpy(to, data_ + at_, part);
        at_ += part;
        return part;
    }

private:
    const std::uint8_t* data_;
    std::size_t size_, at_ = 0;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    recipe::CsvReader reader(std::make_unique<Bytes>(data, size), {"t.csv", ',', {}},
                             [](Problem&&) {});
    recipe::Row row;
    std::int64_t line = 0;
    while (reader.next(row)) {
        if (row.cells.size() != reader.columns()->size() || row.line <= line) abort();
        line = row.line;
        for (const auto& cell : row.cells) {
            if (recipe::first_bad_utf8(cell.text)) abort();
        }
    }
    return 0;
}
