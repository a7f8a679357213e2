// A page for the terminal.
#include "cli/help/page.hpp"

#include <algorithm>
#include <sstream>

namespace nightshift::cli {
namespace {

constexpr std::size_t term_columns_max = 22;

// Words with line feeds between them where the next would go over `columns`; every line but the
// first begins with `indent` spaces. The first one begins in column `at`.
std::string wrapped(const std::string& text, std::size_t at, std::size_t indent,
                    std::size_t columns) {
    std::string out;
    std::istringstream words(text);
    bool first = true;
    for (std::string word; words >> word; first = false) {
        if (!first && at + 1 + word.size() > columns) {
            out += "\n" + std::string(indent, ' ');
            at = indent;
        } else if (!first) {
            out += ' ';
            ++at;
        }
        out += word;
        at += word.size();
    }
    return out + "\n";
}

std::string text_of_table(const PageTable& table, std::size_t columns) {
    auto text = "\n" + (table.heading.empty() ? "" : wrapped(table.heading, 0, 0, columns));
    std::size_t widest = 0;
    for (const auto& row : table.rows) widest = std::max(widest, row.term.size());
    const auto indent = std::min(widest, term_columns_max) + 4;
    for (const auto& row : table.rows) {
        text += "  " + row.term;
        const bool fits = row.term.size() + 4 <= indent;
        text +=
            fits ? std::string(indent - 2 - row.term.size(), ' ') : "\n" + std::string(indent, ' ');
        text += wrapped(row.text, indent, indent, columns);
    }
    return text;
}

}  // namespace

std::string text_of(const Page& page, std::size_t columns) {
    auto text = wrapped(page.name + ": " + page.summary, 0, 0, columns);
    for (const auto& paragraph : page.paragraphs) text += "\n" + wrapped(paragraph, 0, 0, columns);
    for (const auto& table : page.tables) text += text_of_table(table, columns);
    return text;
}

}  // namespace nightshift::cli
