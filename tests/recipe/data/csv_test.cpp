// Tables as text, read in pieces of every size.

#include "recipe/data/csv.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cstring>
#include <string>

using namespace nightshift;
using namespace nightshift::recipe;

namespace {

// Gives a text a few bytes at a time.
class Pieces : public Source {
public:
    Pieces(std::string text, std::size_t piece) : text_(std::move(text)), piece_(piece) {}
    std::size_t read(char* to, std::size_t size) override {
        const auto part = std::min({size, piece_, text_.size() - at_});
        std::memcpy(to, text_.data() + at_, part);
        at_ += part;
        return part;
    }

private:
    std::string text_;
    std::size_t piece_, at_ = 0;
};

// Rows as "line:cell|cell", problems as "!line what".
std::string read(const std::string& text, char delimiter = ',', std::size_t piece = 1 << 20) {
    std::string all;
    CsvReader reader(std::make_unique<Pieces>(text, piece), {"t.csv", delimiter, {}},
                     [&all](Problem&& problem) {
                         all += '!' + std::to_string(problem.line) + ' ' + problem.what + '\n';
                     });
    Row row;
    while (reader.next(row)) {
        all += std::to_string(row.line) + ':';
        for (const auto& cell : row.cells) all += cell.text + '|';
        all += '\n';
    }
    return all;
}

}  // namespace

TEST_CASE("a table is the same however its bytes arrive") {
    const std::string text =
        "\xEF\xBB\xBFk,a\r\n\r\n1,\"x, \"\"y\"\"\r\nz\"\r\n2,6\" pipe\r\n3,a\rb\n\n4,";
    const std::string rows = "3:1|x, \"y\"\r\nz|\n5:2|6\" pipe|\n6:3|a\rb|\n8:4||\n";
    for (std::size_t piece = 1; piece < 20; ++piece) {
        CAPTURE(piece);
        CHECK(read(text, ',', piece) == rows);
    }
    CHECK(read(text) == rows);
}

TEST_CASE("a wrong number of cells is that row's alone, what cannot be trusted ends the reading") {
    CHECK(read("k,a\n1\n2,x\n3,y,z\n") ==
          "!2 1 cell, but there are 2 columns\n3:2|x|\n!4 3 cells, but there are 2 columns\n");
    CHECK(read("k,a\n1,\"x\"y\n2,z\n") == "!2 text stands behind a closing quote in this row\n");
    CHECK(read("k,a\n1,x\n2,\"y\n3,z\n") ==
          "2:1|x|\n!3 a quoted cell that begins in this row is not closed\n");
    CHECK(read(std::string("k,a\n1,x\0\n2,y\n", 13)) == "!2 there is a NUL byte in this row\n");
}

TEST_CASE("one column: a blank line is skipped, an empty quoted cell is a row") {
    CHECK(read("a\nx\n\n\"\"\n") == "2:x|\n4:|\n");
    CHECK(read("a\tb\n1,\t2\n", '\t') == "2:1,|2|\n");
    CHECK(read("\n\n") == "!0 the file has no header\n");
}
