// A line that waits for others or reads files of the user's, as the queue keeps it. Its stage text
// is one compact JSON object, members that the line does not have left out:
//
//   {"after":{...},"each":{...},"files":{...},"when":[...],"on_failed":"skip","request":{...}}
//
// `request`: what a short line's request is made from, in the line's order, bytes as written. For
// lines whose body stands in them: `body`, its very bytes, instead. Every string value of it is a
// template (recipe/text/template.hpp).
//
// A need, the value of a member of `after`, is one of
//   "id"                                                      one result
//   ["id", ...]                                               a list of results
//   {"all": [...], "as": A, "text": T, "join": S, "least": N} the same; with text: one text
//   {"pick": [...], "number": V}                              the V-th, from 1, of those that
//                                                             succeeded
//   {"pick": [...], "highest"|"lowest": V, "of": {A: [...]}, "least": N}
//   {"first": [...]}                                          the first that succeeded

#pragma once

#include "recipe/text/condition.hpp"
#include "recipe/text/template.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace nightshift::stages {

struct Need {
    enum class Kind { one, list, all, number, highest, lowest, first };
    Kind kind = Kind::one;
    std::string alias;
    std::vector<std::string> ids;           // `one`: a single one; of a pick: the candidates
    std::string as;                         // of `all`: what its text calls a result
    std::optional<recipe::Template> text;   // of `all`
    std::string join;                       // of `all` with a text
    std::optional<std::int64_t> least;      // of `all`, highest and lowest
    std::optional<recipe::Template> value;  // of number, highest, lowest
    // Of highest and lowest: by alias, for each candidate the task whose result scores it.
    std::vector<std::pair<std::string, std::vector<std::string>>> of;

    bool is_pick() const { return kind >= Kind::number; }
    // It stands for several results.
    bool is_list() const { return kind == Kind::list || kind == Kind::all; }
};

// The line is element `n` (from 1) of a list; a list longer than `most` is refused.
struct Slot {
    std::string name;
    recipe::Template of;  // a lone placeholder
    std::int64_t n = 0, most = 0;
};

// A file of the user's, as the line has it.
struct OwnFile {
    std::string alias, path;
};

enum class OnFailed { cancel, skip, run };

struct StageLine {
    std::vector<Need> needs;  // in the order of `after`
    std::vector<Slot> each;   // in the order of `each`
    std::vector<OwnFile> files;
    std::vector<recipe::Condition> when;
    OnFailed on_failed = OnFailed::cancel;
    bool is_body = false;  // `request` is a body, sent as it is once filled
    std::string request;   // JSON object
};

// Nothing when the text is not a stage text; `error` says why. Never throws for what a text holds:
// it comes from a file that anything may have written to.
std::optional<StageLine> parse_stage_line(std::string_view stage_text, std::string& error);

// A task that a line needs. Places count from 0 within an alias; tasks that score candidates of a
// pick (`of`) come behind the candidates. An id may stand at several places.
struct NeededId {
    std::string id, alias;
    int place = 0;
};
std::vector<NeededId> needed_ids(const StageLine& line);

// The states of what it needs decide alone: every need is `one` or `list`, on_failed is cancel,
// there are neither conditions nor slots. Then, in the order of `after`:
//   a failed or cancelled task cancels the line; a skipped one skips it when it is alone or all of
//   its list are skipped (an empty list skips nothing); any other state but succeeded waits.
bool needs_only_success(const StageLine& line);

}  // namespace nightshift::stages
