#include "stages/stage_line.hpp"

#include <algorithm>

namespace nightshift::stages {

std::optional<StageLine> parse_stage_line(std::string_view, std::string& error) {
    error = "not read yet";
    return std::nullopt;
}

std::vector<NeededId> needed_ids(const StageLine& line) {
    std::vector<NeededId> all;
    for (const auto& need : line.needs) {
        int place = 0;
        for (const auto& id : need.ids) all.push_back({id, need.alias, place++});
        for (const auto& [name, ids] : need.of) {
            for (const auto& id : ids) all.push_back({id, need.alias, place++});
        }
    }
    return all;
}

bool needs_only_success(const StageLine& line) {
    return line.on_failed == OnFailed::cancel && line.when.empty() && line.each.empty() &&
           std::all_of(line.needs.begin(), line.needs.end(), [](const Need& need) {
               return need.kind == Need::Kind::one || need.kind == Need::Kind::list;
           });
}

}  // namespace nightshift::stages
