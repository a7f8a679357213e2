#include "stages/bindings.hpp"

#include "base/bounds.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <utility>

namespace nightshift::stages {
namespace {

using recipe::Placeholder;
using recipe::Value;
using Is = Bindings::Bound::Is;

bool has_failed(State state) {
    return state == State::failed || state == State::cancelled;
}

// It will neither succeed nor fail by itself any more, or has done so.
bool has_ended(State state) {
    return is_terminal(state) && state != State::held;
}

Bindings::Bound is_there(std::vector<std::string> ids) {
    Bindings::Bound bound;
    bound.ids = std::move(ids);
    return bound;
}

}  // namespace

Bindings::Bindings(const StageLine& line, const Upstreams& upstreams, Files* files)
    : line_(line),
      upstreams_(upstreams),
      files_(files),
      bound_(line.needs.size()),
      deciding_(line.needs.size()),
      lists_(line.each.size()),
      texts_(line.needs.size()) {}

State Bindings::state_of(const std::string& id) const {
    const auto found = upstreams_.find(id);
    return found == upstreams_.end() ? State::pending : found->second.state;
}

Result& Bindings::result_of(const std::string& id) {
    const auto known = results_.find(id);
    if (known != results_.end()) return known->second;
    const auto found = upstreams_.find(id);
    const std::string_view text =
        found == upstreams_.end() ? std::string_view() : found->second.ledger_line;
    return results_.try_emplace(id, text).first->second;
}

const Bindings::Bound& Bindings::bound(std::size_t need) {
    if (bound_[need]) return *bound_[need];
    if (deciding_[need]) {  // read_stage refuses it; a queue may hold anything
        Bound circle;
        circle.is = Is::bad;
        circle.message = fmt::format("\"{}\" is decided by itself", line_.needs[need].alias);
        return bound_[need].emplace(std::move(circle));
    }
    deciding_[need] = true;
    Bound made = decide(line_.needs[need]);
    return bound_[need] ? *bound_[need] : bound_[need].emplace(std::move(made));
}

Bindings::Bound Bindings::decide(const Need& need) {
    switch (need.kind) {
        case Need::Kind::one:
            return one(need);
        case Need::Kind::list:
        case Need::Kind::all:
            return several(need);
        case Need::Kind::number:
            return numbered(need);
        case Need::Kind::first:
            return first(need);
        default:
            return scored(need);
    }
}

// What on_failed makes of a failure.
Bindings::Bound Bindings::unless_failed(Bound failed) const {
    if (line_.on_failed == OnFailed::skip) failed.is = Is::skipped;
    if (line_.on_failed == OnFailed::run) failed.is = Is::absent;
    return failed;
}

Bindings::Bound Bindings::waiting_for(const Need& need, const std::string& id) const {
    Bound waits;
    waits.is = Is::waits;
    waits.message = "waits for " + id;
    if (id != need.alias && need.kind != Need::Kind::one) waits.message += " (" + need.alias + ")";
    if (state_of(id) == State::held) waits.message += ", which is held";
    return waits;
}

Bindings::Bound Bindings::one(const Need& need) const {
    const auto& id = need.ids[0];
    const auto state = state_of(id);
    if (state == State::succeeded) return is_there({id});
    Bound bound;
    if (state == State::skipped) {
        bound.is = Is::skipped;
        bound.message = id + " was skipped";
        return bound;
    }
    if (!has_failed(state)) return waiting_for(need, id);
    bound.message = fmt::format("needs {}, which was cancelled", id);
    bound.is = Is::failed;
    bound.code = "cancelled";
    if (state == State::failed) {
        bound.code = upstreams_.find(id)->second.error_kind;
        bound.message = fmt::format("needs {}, which failed{}{}", id,
                                    bound.code.empty() ? "" : ": ", bound.code);
    }
    if (line_.on_failed == OnFailed::run) bound.message = id + " did not succeed";
    return unless_failed(std::move(bound));
}

// Fewer than are needed: skipped when no failure is to blame.
Bindings::Bound Bindings::too_few(const Need& need, std::size_t there, std::string_view are) const {
    Bound bound;
    const auto least = std::max<std::int64_t>(need.least.value_or(1), 1);
    bound.message = fmt::format("{}: {} of {} {}, {} {} needed", need.alias, there, need.ids.size(),
                                are, least, least == 1 ? "is" : "are");
    bound.is = Is::skipped;
    for (const auto& id : need.ids) {
        if (!has_failed(state_of(id))) continue;
        const auto& above = upstreams_.find(id)->second;
        bound.is = Is::failed;
        bound.code = above.state == State::failed ? above.error_kind : "cancelled";
        return unless_failed(std::move(bound));
    }
    return bound;
}

Bindings::Bound Bindings::several(const Need& need) const {
    Bound waits;
    std::vector<std::string> there;
    std::size_t possible = 0;
    bool all_ended = true;
    for (const auto& id : need.ids) {
        const auto state = state_of(id);
        if (has_failed(state) && !need.least && line_.on_failed != OnFailed::run) {
            Need alone;
            alone.ids = {id};
            return one(alone);
        }
        if (state == State::succeeded) there.push_back(id);
        if (state != State::skipped && !has_failed(state)) ++possible;
        if (!has_ended(state) && all_ended) {
            waits = waiting_for(need, id);
            all_ended = false;
        }
    }
    const auto least = static_cast<std::size_t>(
        need.least.value_or(need.kind == Need::Kind::list && need.ids.empty() ? 0 : 1));
    if (possible < least) return too_few(need, there.size(), "succeeded");
    if (!all_ended) return waits;
    return is_there(std::move(there));
}

// The candidates that the judge's own ledger line says it was shown, in the order of the pick: a
// candidate that was retried since then must not move the numbers.
std::optional<std::vector<std::string>> Bindings::shown_to_judge(const Need& need) {
    for (const auto& name : names_in(*need.value)) {
        const auto alias = alias_of(line_, name);
        if (!alias || alias->kind != Alias::Kind::need) continue;
        const auto& judge = bound(alias->index);
        if (judge.is != Is::there || judge.ids.size() != 1) continue;
        std::vector<std::string> shown;
        const auto ids = result_of(judge.ids[0]).used();
        for (const auto& id : need.ids) {
            if (std::find(ids.begin(), ids.end(), id) != ids.end()) shown.push_back(id);
        }
        if (!shown.empty()) return shown;
    }
    return std::nullopt;
}

Bindings::Bound Bindings::numbered(const Need& need) {
    const Bound* open = open_in(*need.value);
    if (open != nullptr && open->is != Is::waits) return *open;
    std::size_t possible = 0;
    for (const auto& id : need.ids) {
        const auto state = state_of(id);
        if (state != State::skipped && !has_failed(state)) ++possible;
    }
    if (possible == 0) return too_few(need, 0, "succeeded");
    if (open != nullptr) return *open;
    auto shown = shown_to_judge(need);
    if (!shown) {
        shown.emplace();
        for (const auto& id : need.ids) {
            if (!has_ended(state_of(id))) return waiting_for(need, id);
            if (state_of(id) == State::succeeded) shown->push_back(id);
        }
    }
    const auto look = [this](const Placeholder& placeholder) { return look_up(placeholder); };
    const Found found = fill_template(*need.value, look, limits::recipe_template_bytes);
    Bound bound;
    if (found.state == Found::State::dropped) {
        bound.is = Is::absent;
        bound.message = fmt::format("{} has no number", need.alias);
        return bound;
    }
    bound.is = Is::bad;
    bound.message = found.why;
    if (found.state != Found::State::there) return bound;
    const auto number = recipe::number_of(found.value);
    if (!number || *number < 1 || *number > static_cast<double>(shown->size()) ||
        std::floor(*number) != *number) {
        auto given = recipe::json_of(found.value);
        if (given.size() > 40) given = std::string(recipe::type_in_words(found.value));
        bound.message = fmt::format("{}: the number is {}, and {} {} shown", need.alias, given,
                                    shown->size(), shown->size() == 1 ? "was" : "were");
        return bound;
    }
    Need picked;
    picked.alias = need.alias;
    picked.ids = {(*shown)[static_cast<std::size_t>(*number) - 1]};
    return one(picked);
}

Bindings::Bound Bindings::scored(const Need& need) {
    std::optional<double> best;
    std::size_t picked = 0, scores = 0, possible = 0;
    std::optional<Bound> waits;
    for (std::size_t i = 0; i < need.ids.size(); ++i) {
        const auto state = state_of(need.ids[i]);
        if (has_ended(state) && state != State::succeeded) continue;
        if (state != State::succeeded && !waits) waits = waiting_for(need, need.ids[i]);
        bool has_judges = true;
        for (const auto& [name, ids] : need.of) {
            const auto judged = state_of(ids[i]);
            if (!has_ended(judged) && !waits) waits = waiting_for(need, ids[i]);
            if (has_ended(judged) && judged != State::succeeded) has_judges = false;
        }
        if (has_judges) ++possible;
        if (!has_judges || waits) continue;
        const auto look = [&](const Placeholder& placeholder) {
            for (const auto& [name, ids] : need.of) {
                if (name == placeholder.path[0]) return of_result(ids[i], placeholder.path);
            }
            return look_up(placeholder);
        };
        const Found found = fill_template(*need.value, look, limits::recipe_template_bytes);
        const auto score =
            found.state == Found::State::there ? recipe::number_of(found.value) : std::nullopt;
        if (!score || !std::isfinite(*score)) continue;
        ++scores;
        const bool better =
            !best || (need.kind == Need::Kind::highest ? *score > *best : *score < *best);
        if (better) picked = i;
        if (better) best = score;
    }
    const auto least = static_cast<std::size_t>(need.least.value_or(1));
    if (possible < least) return too_few(need, possible, "can have a score");
    if (const Bound* open = open_in(*need.value)) return *open;
    if (waits) return *waits;
    if (best && scores >= least) return is_there({need.ids[picked]});
    Bound bound = too_few(need, scores, "have a score");
    if (least == 0) bound.is = Is::absent;
    if (bound.is != Is::skipped) return bound;
    bound.is = Is::failed;  // judges that say nothing are a failure
    return unless_failed(std::move(bound));
}

Bindings::Bound Bindings::first(const Need& need) const {
    for (const auto& id : need.ids) {
        const auto state = state_of(id);
        if (state == State::succeeded) return is_there({id});
        if (!has_ended(state)) return waiting_for(need, id);
    }
    return too_few(need, 0, "succeeded");
}

const Bindings::Bound* Bindings::open_in(const recipe::Template& text) {
    for (const auto& part : text.parts) {
        if (!part.placeholder) continue;
        const auto alias = alias_of(line_, part.placeholder->path[0]);
        if (!alias || alias->kind != Alias::Kind::need) continue;
        const Bound& one = bound(alias->index);
        if (one.is != Is::there && one.is != Is::absent) return &one;
    }
    return nullptr;
}

const recipe::Found& Bindings::list_of(std::size_t slot) {
    auto& list = lists_[slot];
    if (list) return *list;
    const auto look = [this](const Placeholder& placeholder) { return look_up(placeholder); };
    return list.emplace(fill_template(line_.each[slot].of, look, limits::manifest_line_bytes));
}

std::optional<bool> Bindings::holds(const recipe::Condition& condition, std::string& error) {
    const auto look = [this](const Placeholder& placeholder) { return look_up(placeholder); };
    const Found found = fill_condition(condition.value, look, limits::manifest_line_bytes);
    if (found.state == Found::State::bad) {
        error = found.why;
        return std::nullopt;
    }
    const auto met = recipe::holds(condition, found, error);
    if (!met && condition.value.is_lone()) {
        error = condition.value.parts[0].placeholder->name() + ": " + error;
    }
    return met;
}

recipe::Found Bindings::look_up(const Placeholder& placeholder) {
    const auto& path = placeholder.path;
    const auto alias = alias_of(line_, path[0]);
    if (!alias) return Found::absent(fmt::format("unknown name '{}'", path[0]));
    if (alias->kind == Alias::Kind::need) return of_need(alias->index, placeholder);
    if (alias->kind == Alias::Kind::file) return files_.own(line_.files[alias->index], path);
    const auto& slot = line_.each[alias->index];
    const Found& list = list_of(alias->index);
    if (list.state != Found::State::there) return list;
    const auto n = static_cast<std::size_t>(slot.n);
    if (!list.value.is_list()) return Found::bad("its list is not a list");
    if (n == 0 || n > list.value.items.size()) return Found::bad("its list is shorter");
    return recipe::walk(list.value.items[n - 1], path, 1);
}

recipe::Found Bindings::of_need(std::size_t index, const Placeholder& placeholder) {
    const Need& need = line_.needs[index];
    const Bound& of = bound(index);
    if (of.is == Is::absent) return Found::absent(of.message);
    if (of.is != Is::there) return Found::bad("it is not decided yet");
    if (need.text) {
        if (!texts_[index]) texts_[index] = collected(need, of);
        return *texts_[index];
    }
    if (placeholder.path.size() < 2) return Found::bad("it does not say which of its values");
    if (!need.is_list()) return of_result(of.ids[0], placeholder.path);
    Value list = Value::of_list();
    std::size_t bytes = 0;
    for (const auto& id : of.ids) {
        Found found = of_result(id, placeholder.path);
        if (found.state != Found::State::there) {
            found.why = fmt::format("of {}: {}", id, found.why);
            return found;
        }
        bytes += found.value.text.size();
        if (bytes > limits::manifest_line_bytes) {
            too_long_ = true;
            return Found::bad("its values together are longer than 64 MiB");
        }
        list.add(std::move(found.value));
    }
    return Found::of(std::move(list));
}

// The results of a need as one text.
recipe::Found Bindings::collected(const Need& need, const Bound& of) {
    std::string text;
    for (std::size_t i = 0; i < of.ids.size(); ++i) {
        const auto look = [&](const Placeholder& placeholder) {
            const auto& path = placeholder.path;
            if (path.size() == 1 && path[0] == "n") {
                return Found::of(Value::of_integer(static_cast<long long>(i + 1)));
            }
            return of_result(of.ids[i], path);
        };
        const Found found = fill_template(*need.text, look, limits::manifest_line_bytes);
        if (found.state == Found::State::bad) {
            return Found::bad(fmt::format("of {}: {}", of.ids[i], found.why));
        }
        if (i > 0) text += need.join;
        if (found.state == Found::State::there) text += recipe::plain_of(found.value);
        if (text.size() > limits::manifest_line_bytes) {
            too_long_ = true;
            return Found::bad("it is longer than 64 MiB");
        }
    }
    return Found::of(Value::of_text(std::move(text)));
}

recipe::Found Bindings::of_result(const std::string& id, const std::vector<std::string>& path) {
    if (path.size() < 2) return Found::bad("it does not say which of its values");
    const std::string& view = path[1];
    Result& result = result_of(id);
    const bool is_file = view == "base64" || view == "data_url" || view == "url" || view == "link";
    if (!is_file) return result.value(path, 1);
    if (path.size() > 2) return Found::bad(fmt::format("a text has no '{}'", path[2]));
    const auto file = result.file_text("path");
    if (!file) return Found::absent("it has no file");
    if (view != "link") {
        return files_.output(*file, view, result.file_text("media_type").value_or(""));
    }
    const auto link = result.link();
    if (!link) return Found::absent("the gateway gave no public link, or it has run out");
    used_link_ = true;
    return Found::of(Value::of_text(*link));
}

}  // namespace nightshift::stages
