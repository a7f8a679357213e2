// [task.NAME], [each.NAME], [pick.NAME], [export.NAME].

#include "base/bounds.hpp"
#include "base/text/did_you_mean.hpp"
#include "manifest/stage_fields.hpp"
#include "recipe/read/read_tables.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace nightshift::recipe {
namespace {

constexpr std::array<std::string_view, 9> around_names = {
    "tags",       "priority", "timeout",     "max_attempts", "expect",
    "on_invalid", "fallback", "fallback_on", "metadata"};

CollectSpec read_collect(const ReadContext& context, const Entry& entry, const std::string& where) {
    CollectSpec collect;
    collect.alias = entry.name;
    collect.place = entry.place;
    const auto* body = entry.node->as_table();
    if (body == nullptr) {
        context.complain(entry.place,
                         fmt::format("{}.collect.{} must be a table", where, entry.name),
                         "write collect.ALIAS = {from = \"task\"}");
        return collect;
    }
    TableReader table(context, *body, fmt::format("{}.collect.{}", where, entry.name));
    collect.from = table.text("from").value_or("");
    collect.over = table.texts("over").value_or(std::vector<std::string>());
    collect.by = table.texts("by").value_or(std::vector<std::string>());
    collect.text = table.text("text");
    collect.join = table.text("join");
    collect.least = table.integer("least", 0, static_cast<std::int64_t>(limits::recipe_needs));
    table.finish();
    if (collect.from.empty()) {
        context.complain(entry.place,
                         fmt::format("collect.{} does not say from which task", entry.name),
                         "add from = \"task\"");
    }
    return collect;
}

void check_wanted(const ReadContext& context, const TaskSpec& task) {
    if (task.want && task.samples) {
        context.complain(task.place, fmt::format("task.{} has both want and samples", task.name),
                         "candidates of want are its samples: keep one");
    }
    if (task.want && task.candidates && *task.candidates < *task.want) {
        context.complain(task.place,
                         fmt::format("task.{}: {} candidates cannot give {}", task.name,
                                     *task.candidates, *task.want),
                         "candidates defaults to 3 x want");
    }
    const bool alone = task.candidates || !task.accept.all.empty() || task.unique;
    if (!task.want && alone) {
        context.complain(
            task.place,
            fmt::format("task.{}: candidates, accept and unique go with want", task.name),
            "add want = N");
    }
}

// Keys and patterns of `expect`: of lines that wait, nobody else looks at them before they are
// sent.
void check_expect(const ReadContext& context, const TaskSpec& task, const Field& expect) {
    for (std::size_t i = 0; i < expect.value.names.size(); ++i) {
        const auto& key = expect.value.names[i];
        const auto complain = [&](const std::string& what) {
            context.complain(expect.place, fmt::format("task.{}, expect: {}", task.name, what));
        };
        if (expected_of(key) == Expected::unknown) complain("unknown key \"" + key + '"');
        if (key != "matches" && key != "not_matches") continue;
        const Value& given = expect.value.items[i];
        for (const auto& each : given.is_list() ? given.items : std::vector{given}) {
            std::string why;
            if (each.text.find("{{") != std::string::npos) continue;  // a column's
            if (Pattern::compile(each.text, why) == nullptr) complain(key + ": " + why);
        }
    }
}

// What a line holds, and what is known to stand around a request.
void read_line(const ReadContext& context, TableReader& table, TaskSpec& task,
               const std::vector<std::string>& line_fields) {
    for (const auto& entry : table.rest()) {
        const auto& names = line_fields;
        const bool around =
            std::find(around_names.begin(), around_names.end(), entry.name) != around_names.end();
        const bool known = around || names.empty() ||
                           std::find(names.begin(), names.end(), entry.name) != names.end();
        if (!known) continue;  // `finish` tells
        auto field = table.value(entry.name, true);
        if (entry.name == "expect") check_expect(context, task, *field);
        (around ? task.around : task.request).push_back(std::move(*field));
    }
    for (const auto& name : line_fields) table.node(name);  // what an unknown one may mean
    for (const auto name : around_names) table.node(std::string(name));
    table.finish();
    if (task.request.empty()) {
        context.complain(task.place, fmt::format("task.{} has no request", task.name),
                         "add model = ... and prompt = ...");
    }
}

void read_files(TableReader& table, const ReadContext& context, TaskSpec& task) {
    const Entry* entry = table.node("files");
    if (entry == nullptr) return;
    const auto* body = entry->node->as_table();
    if (body == nullptr) {
        table.complain(*entry, "files must be a table: files = {photo = \"photos/{{sku}}.jpg\"}");
        return;
    }
    for (const auto& file : TomlValues::entries(*body)) {
        Value path = context.values.value(*file.node, false);
        if (!path.is_text()) table.complain(file, "the path of a file must be a text");
        if (path.is_text()) task.files.push_back({file.name, std::move(path), file.place});
    }
}

}  // namespace

TaskSpec read_task(const ReadContext& context, const Entry& entry, const toml::table& body,
                   const std::vector<std::string>& line_fields) {
    TaskSpec task;
    task.name = entry.name;
    task.place = entry.place;
    const std::string where = "task." + task.name;
    TableReader table(context, body, '[' + where + ']');
    task.id = table.value("id", true);
    task.samples = table.integer("samples", 1, limits::recipe_samples);
    task.want = table.integer("want", 1, limits::recipe_samples);
    task.candidates = table.integer("candidates", 1, limits::recipe_samples);
    task.accept = table.conditions("accept");
    task.unique = table.value("unique");
    task.when = table.conditions("when");
    task.after = table.texts("after").value_or(std::vector<std::string>());
    task.per = table.texts("per").value_or(std::vector<std::string>());
    read_files(table, context, task);
    if (const auto on_failed = table.text("on_failed")) {
        task.on_failed = *on_failed;
        if (*on_failed != "cancel" && *on_failed != "skip" && *on_failed != "run") {
            table.complain(*table.node("on_failed"), "on_failed is cancel, skip or run");
        }
    }
    if (const Entry* collect = table.node("collect")) {
        const auto* all = collect->node->as_table();
        if (all == nullptr) table.complain(*collect, "write collect.ALIAS = {from = \"task\"}");
        if (all != nullptr) {
            for (const auto& each : TomlValues::entries(*all)) {
                task.collect.push_back(read_collect(context, each, where));
            }
        }
    }
    read_line(context, table, task, line_fields);
    check_wanted(context, task);
    return task;
}

EachSpec read_each(const ReadContext& context, const Entry& entry, const toml::table& body) {
    EachSpec each;
    each.name = entry.name;
    each.place = entry.place;
    TableReader table(context, body, "[each." + entry.name + ']');
    each.of = table.text("of").value_or("");
    each.most = table.integer("most", 1, limits::recipe_slots);
    table.finish();
    if (each.of.empty()) {
        context.complain(entry.place, fmt::format("each.{} does not say of which list", each.name),
                         "add of = \"{{task.json.list}}\"");
    }
    return each;
}

PickSpec read_pick(const ReadContext& context, const Entry& entry, const toml::table& body) {
    PickSpec pick;
    pick.name = entry.name;
    pick.place = entry.place;
    TableReader table(context, body, "[pick." + entry.name + ']');
    pick.from = table.text("from").value_or("");
    pick.over = table.texts("over").value_or(std::vector<std::string>());
    pick.first = table.texts("first").value_or(std::vector<std::string>());
    pick.number = table.text("number").value_or("");
    pick.highest = table.text("highest").value_or("");
    pick.lowest = table.text("lowest").value_or("");
    pick.least = table.integer("least", 0, static_cast<std::int64_t>(limits::recipe_needs));
    table.finish();
    const int ways =
        !pick.number.empty() + !pick.highest.empty() + !pick.lowest.empty() + !pick.first.empty();
    if (ways != 1) {
        context.complain(
            entry.place,
            fmt::format("pick.{} must say one of number, highest, lowest, first", pick.name));
    } else if (pick.first.empty() == pick.from.empty()) {
        context.complain(entry.place,
                         pick.first.empty()
                             ? fmt::format("pick.{} does not say from which task", pick.name)
                             : fmt::format("pick.{}: first names its tasks itself", pick.name),
                         pick.first.empty() ? "add from = \"task\"" : "remove from");
    }
    return pick;
}

ExportSpec read_export(const ReadContext& context, const Entry& entry, const toml::table& body) {
    static const std::vector<std::string> keys = {
        "format", "columns", "where",    "splits",    "by",      "system",  "user", "assistant",
        "prompt", "chosen",  "rejected", "reasoning", "raw_csv", "partial", "copy"};
    ExportSpec made{entry.name, entry.place, {}};
    TableReader table(context, body, "[export." + entry.name + ']');
    for (const auto& key : keys) {
        if (key == "where") {
            table.conditions("where");
        }
        if (auto field = table.value(key)) made.fields.push_back(std::move(*field));
    }
    table.finish();
    return made;
}

}  // namespace nightshift::recipe
