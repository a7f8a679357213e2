#include "stages/stage_line.hpp"

#include "json/json_scan.hpp"
#include "stages/read_stage.hpp"
#include "stages/splice.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace nightshift::stages {

std::optional<StageLine> parse_stage_line(std::string_view stage_text, std::string& error) {
    const std::size_t begin = skip_space(stage_text, 0);
    if (begin >= stage_text.size() || stage_text[begin] != '{' || !is_sound(stage_text)) {
        error = "the stage text is damaged";
        return std::nullopt;
    }
    StageLine line;
    StageFields fields;
    JsonMembers members(stage_text.substr(begin));
    for (JsonMember member; members.next(member);) {
        if (member.key == "after") fields.after = member.value;
        if (member.key == "each") fields.each = member.value;
        if (member.key == "files") fields.files = member.value;
        if (member.key == "when") fields.when = member.value;
        if (member.key == "on_failed") fields.on_failed = member.value;
        if (member.key != "request" && member.key != "body") continue;
        line.is_body = member.key == "body";
        line.request = member.value;
    }
    if (line.request.empty() || line.request[0] != '{') {
        error = "the stage text has no request";
        return std::nullopt;
    }
    std::vector<StageProblem> problems;
    read_stage(fields, line, problems);
    if (problems.empty()) return line;
    error = fmt::format("{}: {}", problems[0].pointer, problems[0].what);
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
