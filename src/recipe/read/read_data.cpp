// [data]: where rows come from, and which of them count.

#include "base/text/did_you_mean.hpp"
#include "recipe/read/read_tables.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdlib>

namespace nightshift::recipe {
namespace {

// 500 or "5%".
void read_sample(TableReader& table, DataSpec& data) {
    const Entry* entry = table.node("sample");
    if (entry == nullptr) return;
    if (const auto* rows = entry->node->as_integer(); rows != nullptr && rows->get() >= 0) {
        data.sample_rows = rows->get();
        return;
    }
    if (const auto* text = entry->node->as_string()) {
        const std::string& share = text->get();
        const auto digits = share.substr(0, share.empty() ? 0 : share.size() - 1);
        if (share.ends_with('%') && is_json_number(digits) && digits[0] != '-') {
            data.sample_share = std::strtod(digits.c_str(), nullptr) / 100;
            if (*data.sample_share <= 1) return;
        }
    }
    table.complain(*entry, "sample is a number of rows or a share: 500 or \"5%\"");
}

void read_types(TableReader& table, DataSpec& data) {
    static const std::vector<std::string> known = {"integer", "number", "boolean", "json", "text"};
    const Entry* entry = table.node("types");
    if (entry == nullptr) return;
    const auto* types = entry->node->as_table();
    if (types == nullptr) {
        table.complain(*entry, "types must be a table: types = {column = \"integer\"}");
        return;
    }
    for (const auto& type : TomlValues::entries(*types)) {
        const auto* text = type.node->as_string();
        const std::string name = text == nullptr ? "" : text->get();
        if (std::find(known.begin(), known.end(), name) == known.end()) {
            const std::string* near = nearest_of(name, known);
            table.complain(type, fmt::format("unknown type \"{}\" of '{}'", name, type.name),
                           near != nullptr ? "did you mean '" + *near + "'?"
                                           : "types: integer, number, boolean, json");
            continue;
        }
        data.types.push_back({type.name, Value::of_text(name), type.place});
    }
}

void read_rows(const ReadContext& context, TableReader& table, DataSpec& data) {
    const Entry* entry = table.node("rows");
    if (entry == nullptr) return;
    Value rows = context.values.value(*entry->node, false);
    const bool good = rows.is_list() && std::all_of(rows.items.begin(), rows.items.end(),
                                                    [](const Value& v) { return v.is_object(); });
    if (!good) table.complain(*entry, "rows must be a list of tables: rows = [{a = 1}, {a = 2}]");
    data.rows = good ? std::move(rows.items) : std::vector<Value>();
}

void read_form(TableReader& table, DataSpec& data) {
    static const std::vector<std::string> formats = {"csv", "tsv", "jsonl", "json"};
    if (const auto format = table.text("format")) {
        data.format = *format;
        if (std::find(formats.begin(), formats.end(), *format) == formats.end()) {
            const std::string* near = nearest_of(*format, formats);
            table.complain(*table.node("format"), fmt::format("unknown format \"{}\"", *format),
                           near != nullptr ? "did you mean '" + *near + "'?"
                                           : "formats: csv, tsv, jsonl, json");
        }
    }
    if (const auto delimiter = table.text("delimiter")) {
        const bool good = delimiter->size() == 1 && (*delimiter)[0] != '"' &&
                          (*delimiter)[0] != '\n' && (*delimiter)[0] != '\r' &&
                          static_cast<unsigned char>((*delimiter)[0]) < 0x80 &&
                          (*delimiter)[0] != '\0';
        if (good) data.delimiter = (*delimiter)[0];
        if (!good) table.complain(*table.node("delimiter"), "delimiter is one ASCII character");
    }
}

void check_columns(TableReader& table, const DataSpec& data) {
    auto sorted = data.columns;
    std::sort(sorted.begin(), sorted.end());
    const auto twice = std::adjacent_find(sorted.begin(), sorted.end());
    if (twice != sorted.end()) {
        table.complain(*table.node("columns"), fmt::format("two columns are called '{}'", *twice),
                       "rename one");
    }
    if (std::find(sorted.begin(), sorted.end(), "") != sorted.end()) {
        table.complain(*table.node("columns"), "a column has no name", "give it one");
    }
}

}  // namespace

DataSpec read_data(const ReadContext& context, const toml::table& body) {
    DataSpec data;
    data.given = true;
    TableReader table(context, body, "[data]");
    data.file = table.texts("file").value_or(std::vector<std::string>());
    data.files = table.texts("files").value_or(std::vector<std::string>());
    read_rows(context, table, data);
    read_form(table, data);
    data.columns = table.texts("columns").value_or(std::vector<std::string>());
    check_columns(table, data);
    read_types(table, data);
    data.where = table.conditions("where");
    read_sample(table, data);
    data.first = table.integer("first", 0, INT64_MAX);
    data.key = table.texts("key").value_or(std::vector<std::string>());
    data.keep = table.texts("keep");
    table.finish();
    const int sources = !data.file.empty() + !data.files.empty() + data.rows.has_value();
    if (sources != 1) {
        context.complain({body.source().begin.line, body.source().begin.column},
                         sources == 0 ? "[data] does not say where rows come from"
                                      : "[data] has more than one of file, files, rows",
                         "say one of file, files, rows");
    }
    const auto stdin_count = std::count(data.file.begin(), data.file.end(), "-");
    if (stdin_count > 0 && data.file.size() > 1) {
        context.complain(table.node("file")->place, "\"-\" cannot be one of several files");
    }
    return data;
}

}  // namespace nightshift::recipe
