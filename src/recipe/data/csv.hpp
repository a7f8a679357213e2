// Tables of RFC 4180, and the same with tabs: `"` quotes, `""` inside, line breaks inside quotes; a
// quote in the middle of an unquoted cell is itself. A byte order mark, CRLF, blank lines and a
// last line without its line feed are fine; blanks around cells stay.

#pragma once

#include "recipe/data/byte_reader.hpp"
#include "recipe/data/row.hpp"

#include <memory>
#include <string>
#include <vector>

namespace nightshift::recipe {

struct CsvForm {
    std::string name;  // of the file, for problems
    char delimiter = ',';
    std::vector<std::string> columns;  // of a file without a header; else empty
};

// A wrong number of cells is a problem of that row. Text behind a closing quote, a quoted cell
// without end, a NUL, bytes that are not UTF-8 end the reading there: what follows cannot be
// trusted.
class CsvReader : public RowSource {
public:
    CsvReader(std::unique_ptr<Source> source, CsvForm form, OnProblem on_problem);

    bool next(Row& row) override;
    const std::vector<std::string>* columns() const override { return columns_.get(); }

private:
    enum class Ended { cell, record, file, badly };

    bool read_header();
    bool accept_header(const std::vector<std::string>& names);
    bool record();
    Ended cell(std::string& text);
    Ended quoted(std::string& text);
    Ended after_cell();
    bool check_utf8(const std::string& text, std::uint64_t offset);
    Ended stop(std::string what, std::string what_to_do);
    void tell(std::int64_t line, std::string what, std::string what_to_do);

    CsvForm form_;
    OnProblem on_problem_;
    ByteReader bytes_;
    std::string stops_;  // what ends an unquoted cell
    std::shared_ptr<const std::vector<std::string>> columns_;
    std::vector<std::string> cells_;  // of the present record; `used_` of them
    std::size_t used_ = 0;
    std::int64_t line_ = 0;  // where it begins
    std::size_t record_bytes_ = 0;
    std::int64_t rows_ = 0;
    bool ended_ = false;
};

}  // namespace nightshift::recipe
