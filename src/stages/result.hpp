// What placeholders read of a result: columns of its ledger line, its text as JSON, its first file.

#pragma once

#include "recipe/text/template.hpp"
#include "recipe/text/value.hpp"

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace nightshift::stages {

// The JSON of an answer: white space and one code fence around the whole are taken off. Nothing
// when it is not JSON.
std::optional<recipe::Value> json_in_answer(std::string_view text);

// Borrows the ledger line. Members are parsed when they are first used, each once.
class Result {
public:
    explicit Result(std::string_view ledger_line);

    // The value at path[from...], whose first segment is a view, before filters: all views of
    // is_result_view but base64, data_url, url and link. Messages call what is not there by its
    // path.
    recipe::Found value(const std::vector<std::string>& path, std::size_t from);

    // Of the first file, as the ledger line has it: path, media_type; nothing without a file.
    std::optional<std::string> file_text(std::string_view column);
    // The gateway's own public link to the first file.
    std::optional<std::string> link();
    // Ids that it used itself: all of its column `after`.
    std::vector<std::string> used();

private:
    const recipe::Value& column(const std::string& name);
    const recipe::Found& json();
    const recipe::Value* first_file();
    void take_links();

    std::map<std::string, std::string_view, std::less<>> raw_;
    std::map<std::string, recipe::Value, std::less<>> parsed_;
    std::optional<recipe::Found> json_;
    std::optional<std::string> link_;
};

// Views of a result, in the order in which messages list them.
const std::vector<std::string>& result_views();
// Views of a file of the user's.
const std::vector<std::string>& file_views();

}  // namespace nightshift::stages
