// nightshift ls: the tasks of a run directory, one a line. Read-only, works beside a run.

#include "base/failure.hpp"
#include "base/text/terminal_text.hpp"
#include "cli/input/arguments.hpp"
#include "cli/input/exit_code.hpp"
#include "cli/input/known_values.hpp"
#include "cli/input/open_queue.hpp"
#include "cli/input/selection.hpp"
#include "screen/width.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <cstdio>

namespace nightshift::cli {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t id_columns_max = 40, model_columns_max = 32;

Json flags_of(const Chosen& row) {
    auto flags = Json::parse(row.flags, nullptr, false);
    return flags.is_array() ? flags : Json::array();
}

Json json_of(const Chosen& row) {
    return {{"schema", 1},
            {"id", row.id},
            {"endpoint", row.endpoint},
            {"model", row.model},
            {"state", name_of(row.state)},
            {"kind", row.error_kind.empty() ? Json() : Json(row.error_kind)},
            {"flags", flags_of(row)},
            {"attempts", row.attempts},
            {"maybe_billed", row.maybe_billed},
            {"cost", row.cost > 0 ? Json(row.cost) : Json()}};
}

// Error kind, flags and money, as far as there are any.
std::string remarks_on(const Chosen& row) {
    auto text = row.error_kind;
    for (const auto& flag : flags_of(row)) {
        if (flag.is_string()) text += (text.empty() ? "" : " ") + flag.get<std::string>();
    }
    if (row.maybe_billed > 0) text += text.empty() ? "maybe billed" : ", maybe billed";
    if (row.cost > 0) text += fmt::format("{}cost {:.4g}", text.empty() ? "" : ", ", row.cost);
    return term_safe(text, 200);
}

std::size_t widest(const std::vector<Chosen>& rows, std::string Chosen::*text, std::size_t most) {
    std::size_t width = 0;
    for (const auto& row : rows) {
        width = std::max(width, screen::display_width(term_safe(row.*text, 200)));
        if (width >= most) return most;
    }
    return width;
}

void print_table(const std::vector<Chosen>& rows) {
    const auto ids = widest(rows, &Chosen::id, id_columns_max);
    const auto models = widest(rows, &Chosen::model, model_columns_max);
    for (const auto& row : rows) {
        auto line = screen::padded(std::string(name_of(row.state)), 9) + "  " +
                    screen::padded(term_safe(row.id, 200), ids) + "  " +
                    screen::padded(term_safe(row.model, 80), models) + "  " + remarks_on(row);
        line.resize(line.find_last_not_of(' ') + 1);
        fmt::print("{}\n", line);
    }
}

}  // namespace

int ls_command(const Arguments& arguments) {
    const auto& select = arguments.select;
    const auto selection = list_selection(select);
    const auto folders = require_run_folder(select.dir);
    const auto store = open_for_reading(folders);
    require_known(*store, selection, select.dir);
    const auto rows = store->choose(selection);
    if (arguments.common.json) {
        for (const auto& row : rows) {
            fmt::print("{}\n", json_of(row).dump(-1, ' ', false, Json::error_handler_t::replace));
        }
        return exit_ok;
    }
    print_table(rows);
    if (rows.empty() && !arguments.common.quiet) fmt::print(stderr, "no task matches\n");
    return exit_ok;
}

}  // namespace nightshift::cli
