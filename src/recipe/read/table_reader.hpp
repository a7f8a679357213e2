// One table of a recipe: takes the keys it knows and complains of the others.

#pragma once

#include "recipe/read/recipe_file.hpp"
#include "recipe/read/toml_values.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace nightshift::recipe {

// What readers of tables share.
struct ReadContext {
    TomlValues& values;
    const Folder& folder;
    const std::string& file;
    std::vector<Problem>& problems;

    void complain(const Place& place, std::string what, std::string what_to_do = {}) const;
};

class TableReader {
public:
    // `where`: "[data]", for messages.
    TableReader(const ReadContext& context, const toml::table& table, std::string where);

    // Each takes a key; nothing when it is not there or is of another type, which is told.
    std::optional<std::string> text(const std::string& key);
    std::optional<std::int64_t> integer(const std::string& key, std::int64_t least,
                                        std::int64_t most);
    std::optional<std::vector<std::string>> texts(const std::string& key);  // a text or a list
    std::optional<Field> value(const std::string& key, bool templates = false);
    ConditionList conditions(const std::string& key);
    const Entry* node(const std::string& key);

    // What no call has taken. `finish` complains of it.
    std::vector<Entry> rest() const;
    void finish();
    void complain(const Entry& entry, std::string what, std::string what_to_do = {}) const;

private:
    const ReadContext& context_;
    std::string where_;
    std::vector<Entry> entries_;
    std::vector<bool> taken_;
    std::vector<std::string> known_;
};

}  // namespace nightshift::recipe
