#include "recipe/read/recipe_file.hpp"

#include "base/bounds.hpp"
#include "base/text/did_you_mean.hpp"
#include "recipe/read/read_tables.hpp"
#include "recipe/read/table_reader.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

namespace nightshift::recipe {
namespace {

constexpr std::array<std::string_view, 5> reserved = {"row", "matrix", "const", "n", "row_number"};

// Tables of nightshift.toml.
bool is_configuration(const std::string& name) {
    return name == "run" || name == "limit" || name == "price" || name == "publish";
}

class RecipeReader {
public:
    RecipeReader(const ReadContext& context, const ReadOptions& options)
        : context_(context), options_(options) {}

    Recipe read(const toml::table& root) {
        Recipe recipe;
        recipe.file = context_.file;
        TableReader top(context_, root, "the recipe");
        const bool has_task = root.contains("task");
        recipe.name = top.text("name").value_or("");
        recipe.description = top.text("description").value_or("");
        recipe.seed = top.integer("seed", INT64_MIN, INT64_MAX).value_or(0);
        if (const auto* data = table(top, "data")) recipe.data = read_data(context_, *data);
        if (const auto* entry = top.node("data")) recipe.data.place = entry->place;
        if (const auto* constants = table(top, "const")) read_constants(*constants, recipe);
        if (const auto* matrix = table(top, "matrix")) read_matrix(context_, *matrix, recipe);
        named(top, "each", [&](const Entry& entry, const toml::table& body) {
            recipe.each.push_back(read_each(context_, entry, body));
        });
        named(top, "task", [&](const Entry& entry, const toml::table& body) {
            recipe.tasks.push_back(read_task(context_, entry, body, options_.line_fields));
        });
        named(top, "pick", [&](const Entry& entry, const toml::table& body) {
            recipe.picks.push_back(read_pick(context_, entry, body));
        });
        named(top, "export", [&](const Entry& entry, const toml::table& body) {
            recipe.exports.push_back(read_export(context_, entry, body));
        });
        refuse_configuration(top, has_task);
        if (!configuration_told_) top.finish();
        if (!has_task && context_.problems.empty()) {
            context_.complain({}, "a recipe without [task.NAME] makes nothing", "add a task");
        }
        check_names(recipe);
        return recipe;
    }

private:
    const toml::table* table(TableReader& top, const std::string& key) {
        const Entry* entry = top.node(key);
        if (entry == nullptr) return nullptr;
        if (const auto* body = entry->node->as_table()) return body;
        top.complain(*entry, fmt::format("{} must be a table: [{}]", key, key));
        return nullptr;
    }

    template <class Read>
    void named(TableReader& top, const std::string& key, Read read) {
        const auto* all = table(top, key);
        if (all == nullptr) return;
        for (const auto& entry : TomlValues::entries(*all)) {
            const auto* body = entry.node->as_table();
            if (body == nullptr) {
                context_.complain(entry.place, fmt::format("{}.{} must be a table: [{}.NAME]", key,
                                                           entry.name, key));
                continue;
            }
            read(entry, *body);
        }
    }

    void read_constants(const toml::table& body, Recipe& recipe) {
        auto left = options_.set;
        for (const auto& entry : TomlValues::entries(body)) {
            const auto set = left.find(entry.name);
            Value value = set == left.end() ? context_.values.value(*entry.node, false)
                                            : Value::of_text(set->second);
            if (set != left.end()) left.erase(set);
            recipe.constants.push_back({entry.name, std::move(value), entry.place});
        }
        unknown_set(left, recipe);
    }

    void unknown_set(const std::map<std::string, std::string>& left, const Recipe& recipe) {
        std::vector<std::string> names;
        for (const auto& constant : recipe.constants) names.push_back(constant.name);
        for (const auto& [name, value] : left) {
            const std::string* near = nearest_of(name, names);
            context_.complain({},
                              fmt::format("--set {}: the recipe has no constant '{}'", name, name),
                              near == nullptr ? "" : "did you mean '" + *near + "'?");
        }
    }

    void refuse_configuration(TableReader& top, bool has_task) {
        for (const auto& entry : top.rest()) {
            if (!is_configuration(entry.name)) continue;
            configuration_told_ = true;
            if (has_task) {
                top.complain(entry, fmt::format("[{}] belongs into nightshift.toml", entry.name),
                             "a recipe says what to make, the configuration how");
            } else {
                top.complain(entry, "this is a configuration file, not a recipe",
                             "name it with --config");
                return;
            }
        }
    }

    void check_name(const std::string& kind, const std::string& name, const Place& place) {
        const bool good =
            !name.empty() && name.size() <= 32 && name[0] >= 'a' && name[0] <= 'z' &&
            name.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789_") == std::string::npos;
        if (std::find(reserved.begin(), reserved.end(), name) != reserved.end()) {
            context_.complain(place, fmt::format("a {} cannot be called '{}'", kind, name),
                              "row, matrix, const, n, row_number are reserved");
        } else if (!good) {
            context_.complain(place, fmt::format("'{}' cannot be the name of a {}", name, kind),
                              "a name is a-z, then a-z, 0-9 and _, at most 32 characters");
        } else if (const auto [other, is_new] = kinds_.emplace(name, kind); !is_new) {
            context_.complain(place,
                              fmt::format("'{}' is both a {} and a {}", name, other->second, kind),
                              "rename one");
        }
    }

    void check_names(const Recipe& recipe) {
        if (options_.set.size() > 0 && recipe.constants.empty()) unknown_set(options_.set, recipe);
        for (const auto& task : recipe.tasks) check_name("task", task.name, task.place);
        for (const auto& pick : recipe.picks) check_name("pick", pick.name, pick.place);
        for (const auto& each : recipe.each) check_name("each", each.name, each.place);
        for (const auto& each : recipe.matrix) check_name("matrix", each.name, each.place);
        for (const auto& each : recipe.constants) check_name("const", each.name, each.place);
    }

    const ReadContext& context_;
    const ReadOptions& options_;
    bool configuration_told_ = false;
    std::map<std::string, std::string> kinds_;
};

}  // namespace

bool looks_like_recipe(std::string_view head) {
    if (head.starts_with("\xEF\xBB\xBF")) head.remove_prefix(3);
    // JSON lines begin with a brace; TOML never does.
    while (!head.empty()) {
        const auto line_end = std::min(head.find('\n'), head.size());
        auto line = head.substr(0, line_end);
        const auto begin = line.find_first_not_of(" \t\r");
        head.remove_prefix(std::min(line_end + 1, head.size()));
        if (begin == std::string_view::npos) continue;
        line.remove_prefix(begin);
        if (line[0] == '#') continue;
        if (line[0] == '[') {
            const auto name = line.substr(std::min(line.find_first_not_of("[ \t"), line.size()));
            return !name.empty() &&
                   ((name[0] >= 'a' && name[0] <= 'z') || (name[0] >= 'A' && name[0] <= 'Z'));
        }
        const auto key_end = line.find_first_not_of(
            "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-.");
        if (key_end == 0 || key_end == std::string_view::npos) return false;
        const auto equals = line.find_first_not_of(" \t", key_end);
        return equals != std::string_view::npos && line[equals] == '=';
    }
    return false;
}

Recipe read_recipe(std::string_view text, const std::string& file, const Folder& folder,
                   const ReadOptions& options, std::vector<Problem>& problems) {
    const auto complain = [&](const Place& place, std::string what, std::string what_to_do) {
        problems.push_back(
            {false, file, place.line, place.column, std::move(what), std::move(what_to_do)});
    };
    if (text.size() > limits::recipe_bytes) {
        complain({}, "the recipe is longer than 16 MiB", "put data into a file of its own");
        return {};
    }
    try {
        const toml::table root = toml::parse(text, file);
        TomlValues values(text, folder, complain);
        const ReadContext context{values, folder, file, problems};
        return RecipeReader(context, options).read(root);
    } catch (const toml::parse_error& error) {
        const auto& begin = error.source().begin;
        complain({static_cast<std::int64_t>(begin.line), static_cast<std::int64_t>(begin.column)},
                 std::string(error.description()), "see https://toml.io");
    }
    return {};
}

}  // namespace nightshift::recipe
