// [matrix]: values to combine with every row, and combinations to leave out.

#include "base/bounds.hpp"
#include "base/text/did_you_mean.hpp"
#include "recipe/read/read_tables.hpp"

#include <fmt/format.h>
#include <utf8proc.h>

#include <algorithm>

namespace nightshift::recipe {
namespace {

// What is not [A-Za-z0-9_.-] or a letter becomes "-".
std::string id_part_of(const std::string& name) {
    std::string part;
    const auto* const bytes = reinterpret_cast<const utf8proc_uint8_t*>(name.data());
    for (std::size_t at = 0; at < name.size();) {
        utf8proc_int32_t c = 0;
        const auto used = std::max<utf8proc_ssize_t>(
            1, utf8proc_iterate(bytes + at, static_cast<utf8proc_ssize_t>(name.size() - at), &c));
        const auto category = utf8proc_category(c);
        const bool is_letter = category >= UTF8PROC_CATEGORY_LU && category <= UTF8PROC_CATEGORY_LO;
        const bool is_plain = (c >= '0' && c <= '9') || c == '_' || c == '.' || c == '-';
        const auto size = static_cast<std::size_t>(used);
        part += is_letter || is_plain ? name.substr(at, size) : "-";
        at += size;
    }
    return part;
}

class MatrixReader {
public:
    MatrixReader(const ReadContext& context, Recipe& recipe) : context_(context), recipe_(recipe) {}

    void read(const toml::table& body) {
        for (const auto& entry : TomlValues::entries(body)) {
            if (entry.name != "exclude") name(entry);
        }
        if (const auto* excluded = body.get("exclude")) exclude(*excluded);
    }

private:
    void complain(const Place& place, std::string what, std::string what_to_do = {}) {
        context_.complain(place, std::move(what), std::move(what_to_do));
    }

    void name(const Entry& entry) {
        MatrixSpec made{entry.name, entry.place, {}};
        const Value given = context_.values.value(*entry.node, false);
        if (given.is_object()) {
            range(entry, given, made);
        } else if (given.is_list()) {
            for (const auto& value : given.items) add(entry, value, made);
        } else {
            complain(entry.place, fmt::format("matrix.{} must be a list of values", entry.name),
                     "or a range: {from = 1, to = 3}");
        }
        if (given.is_list() && given.items.empty()) {
            complain(entry.place, fmt::format("matrix.{} has no values", entry.name));
        }
        check_alike(made);
        recipe_.matrix.push_back(std::move(made));
    }

    void range(const Entry& entry, const Value& given, MatrixSpec& made) {
        const Value* from = given.member("from");
        const Value* to = given.member("to");
        const auto is_whole = [](const Value* value) {
            return value != nullptr && value->is_number() &&
                   value->text.find_first_of(".eE") == std::string::npos;
        };
        if (!is_whole(from) || !is_whole(to) || given.names.size() != 2) {
            complain(entry.place,
                     fmt::format("matrix.{}: a range is {{from = 1, to = 3}}", entry.name));
            return;
        }
        const auto first = static_cast<std::int64_t>(*number_of(*from));
        const auto last = static_cast<std::int64_t>(*number_of(*to));
        if (last < first || last - first >= limits::recipe_samples) {
            complain(entry.place, fmt::format("matrix.{}: a range has 1 to {} values", entry.name,
                                              limits::recipe_samples));
            return;
        }
        for (auto n = first; n <= last; ++n) add(entry, Value::of_integer(n), made);
    }

    void add(const Entry& entry, const Value& value, MatrixSpec& made) {
        MatrixValue each{value, plain_of(value), {}};
        if (value.is_object()) {
            const Value* name = value.member("name");
            if (name == nullptr || !name->is_text() || name->text.empty()) {
                complain(entry.place,
                         fmt::format("matrix.{}: a value that is a table needs name", entry.name),
                         "write {name = \"...\", ...}: ids are made from it");
                return;
            }
            each.name = name->text;
        } else if (value.is_list() || value.is_null() || each.name.empty()) {
            complain(entry.place,
                     fmt::format("matrix.{}: a value cannot be {}", entry.name,
                                 value.is_text() ? "an empty text" : type_in_words(value)),
                     "give a list a name: {name = \"...\", values = [...]}");
            return;
        }
        each.id_part = id_part_of(each.name);
        made.values.push_back(std::move(each));
    }

    void check_alike(const MatrixSpec& made) {
        std::map<std::string, std::string> seen;
        for (const auto& value : made.values) {
            const auto [other, is_new] = seen.emplace(value.id_part, value.name);
            if (is_new) continue;
            complain(made.place,
                     fmt::format("matrix.{}: '{}' and '{}' are both called '{}' in ids", made.name,
                                 other->second, value.name, value.id_part),
                     "use tables with a name: {name = \"...\", ...}");
            return;
        }
    }

    void exclude(const toml::node& node) {
        const Place place = TomlValues::place_of(node);
        const Value given = context_.values.value(node, false);
        if (!given.is_list()) {
            complain(place, "matrix.exclude must be a list of tables: [{model = \"a\", take = 3}]");
            return;
        }
        for (const auto& one : given.items) {
            if (!one.is_object() || one.items.empty()) {
                complain(place, "matrix.exclude: each is a table such as {model = \"a\"}");
                continue;
            }
            for (std::size_t i = 0; i < one.names.size(); ++i) {
                check_excluded(place, one.names[i], one.items[i]);
            }
            recipe_.exclude.push_back({"exclude", one, place});
        }
    }

    void check_excluded(const Place& place, const std::string& name, const Value& value) {
        const auto matrix = std::find_if(recipe_.matrix.begin(), recipe_.matrix.end(),
                                         [&](const MatrixSpec& m) { return m.name == name; });
        std::vector<std::string> names;
        for (const auto& each : recipe_.matrix) names.push_back(each.name);
        if (matrix == recipe_.matrix.end()) {
            const std::string* near = nearest_of(name, names);
            complain(place, fmt::format("matrix.exclude: unknown name '{}'", name),
                     near == nullptr ? "" : "did you mean '" + *near + "'?");
            return;
        }
        names.clear();
        for (const auto& each : matrix->values) {
            if (each.name == plain_of(value)) return;
            names.push_back(each.name);
        }
        const std::string* near = nearest_of(plain_of(value), names);
        complain(place, fmt::format("matrix.exclude: {} has no value '{}'", name, plain_of(value)),
                 near == nullptr ? "" : "did you mean '" + *near + "'?");
    }

    const ReadContext& context_;
    Recipe& recipe_;
};

}  // namespace

void read_matrix(const ReadContext& context, const toml::table& body, Recipe& recipe) {
    MatrixReader(context, recipe).read(body);
}

}  // namespace nightshift::recipe
