// A help topic as data, so that the terminal and the man page show the same.

#pragma once

#include "cli/help/option_tree.hpp"

#include <string>
#include <vector>

namespace nightshift::cli {

struct PageRow {
    std::string term, text;
};

struct PageTable {
    std::string heading;  // may be empty
    std::vector<PageRow> rows;
};

struct Page {
    std::string name, summary;
    std::vector<std::string> paragraphs;
    std::vector<PageTable> tables;
};

// The topics, in the order of `help`. Nothing in them is written twice: they are made from the
// tables that the program itself goes by.
std::vector<Page> all_pages(const OptionTree& tree);

Page exit_codes_page();
Page environment_page(const OptionTree& tree);
Page manifest_page();
Page states_page();
Page errors_page();

// For a terminal: at most `columns` wide where words allow it, with a line feed at the end.
std::string text_of(const Page& page, std::size_t columns = 80);

// The whole manual as mdoc(7): commands with their options, and the topics.
std::string man_page(const OptionTree& tree);

}  // namespace nightshift::cli
