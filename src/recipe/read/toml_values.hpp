// What TOML says, as values: order of keys and spelling of numbers as in the file. (toml++ sorts
// keys and turns numbers into doubles; both are found again by their places in the text.)

#pragma once

#include "recipe/read/folder.hpp"
#include "recipe/text/value.hpp"

#include <toml++/toml.h>

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace nightshift::recipe {

struct Place {
    std::int64_t line = 0, column = 0;  // from 1; 0: none
};

// A value with the key it stands under.
struct Entry {
    std::string name;
    Place place;
    const toml::node* node = nullptr;
};

class TomlValues {
public:
    using Complain = std::function<void(const Place&, std::string what, std::string what_to_do)>;

    // `text`: the whole file, in which places are looked up. Borrows all.
    TomlValues(std::string_view text, const Folder& folder, Complain complain);

    // The members of a table in the order of the file.
    static std::vector<Entry> entries(const toml::table& table);
    static Place place_of(const toml::node& node);

    // A value; tables {text_file = ...} and {json_file = ...} become what is in the file. With
    // `templates`, {template_file = ...} too, read as if it stood here, while texts of text_file
    // are verbatim. Problems are told; null stands in for what is wrong.
    Value value(const toml::node& node, bool templates);

private:
    Value number(const toml::node& node);
    Value table(const toml::table& table, bool templates);
    Value from_file(const std::string& kind, const toml::node& path, bool templates);
    std::string_view word_at(const Place& place) const;

    std::string_view text_;
    std::vector<std::size_t> line_starts_;
    const Folder& folder_;
    Complain complain_;
};

}  // namespace nightshift::recipe
