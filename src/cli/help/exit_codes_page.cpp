// `nightshift help exit-codes`.

#include "cli/help/page.hpp"
#include "cli/input/exit_code.hpp"

namespace nightshift::cli {

Page exit_codes_page() {
    Page page{.name = "exit-codes",
              .summary = "what the number says that a command ends with",
              .paragraphs = {"A stop (4, 5, 6, 7, 130, 143) leaves unsent tasks pending and "
                             "submitted ones submitted: the same command resumes. Codes 0, 1 and 3 "
                             "speak of the tasks selected for the run. Where several apply, the "
                             "first of 9, 7, 8, 2, 4, 6, 5, 130, 143, 3, 1, 0 is taken."},
              .tables = {}};
    PageTable table;
    for (const auto& [code, meaning] : exit_code_table()) {
        table.rows.push_back({std::to_string(code), std::string(meaning)});
    }
    page.tables.push_back(std::move(table));
    return page;
}

}  // namespace nightshift::cli
