#include "stages/decide.hpp"

#include "base/text/counted.hpp"
#include "stages/bindings.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace nightshift::stages {
namespace {

using What = Decision::What;
using recipe::Found;

// What the slots say; `failure` is filled where one cannot be judged.
std::optional<Decision> by_slots(const StageLine& line, Bindings& bindings,
                                 std::optional<Decision>& failure) {
    for (std::size_t i = 0; i < line.each.size(); ++i) {
        const auto& slot = line.each[i];
        if (bindings.open_in(slot.of) != nullptr) continue;
        const Found& list = bindings.list_of(i);
        const auto name = slot.of.parts[0].placeholder->name();
        if (list.state != Found::State::there || !list.value.is_list()) {
            const auto why = list.state == Found::State::there
                                 ? fmt::format("{} is not a list but {}", name,
                                               recipe::type_in_words(list.value))
                             : list.state == Found::State::dropped ? name + " is not there"
                                                                   : list.why;
            if (!failure) failure = {What::fail, "unresolved", why};
            continue;
        }
        const auto count = static_cast<std::int64_t>(list.value.items.size());
        if (count > slot.most) {
            return Decision{What::cancel, "",
                            fmt::format("{} has {}, more than most = {}", name,
                                        counted(count, "element"), slot.most)};
        }
        if (slot.n > count) {
            return Decision{What::skip, "",
                            fmt::format("{} has {}: there is no element {}", name,
                                        counted(count, "element"), slot.n)};
        }
    }
    return std::nullopt;
}

// A placeholder of an element is open as long as its list is.
bool is_open(const StageLine& line, Bindings& bindings, const recipe::Template& text) {
    if (bindings.open_in(text) != nullptr) return true;
    for (const auto& name : names_in(text)) {
        const auto alias = alias_of(line, name);
        if (!alias || alias->kind != Alias::Kind::slot) continue;
        if (bindings.open_in(line.each[alias->index].of) != nullptr) return true;
    }
    return false;
}

std::optional<Decision> by_conditions(const StageLine& line, Bindings& bindings,
                                      std::optional<Decision>& failure) {
    for (const auto& condition : line.when) {
        if (is_open(line, bindings, condition.value)) continue;
        std::string error;
        const auto met = bindings.holds(condition, error);
        if (met && !*met) {
            return Decision{
                What::skip, "",
                fmt::format("when: {} does not hold", recipe::json_of(condition.source))};
        }
        if (!met && !failure) failure = {What::fail, "unresolved", "when: " + error};
    }
    return std::nullopt;
}

}  // namespace

Decision decide(const StageLine& line, const Upstreams& upstreams) {
    using Is = Bindings::Bound::Is;
    Bindings bindings(line, upstreams, nullptr);
    std::optional<Decision> failure, wait;
    if (auto decided = by_slots(line, bindings, failure)) return *decided;
    if (auto decided = by_conditions(line, bindings, failure)) return *decided;
    for (std::size_t i = 0; i < line.needs.size(); ++i) {
        const auto& bound = bindings.bound(i);
        if (bound.is == Is::failed) return {What::cancel, bound.code, bound.message};
        if (bound.is == Is::skipped) return {What::skip, "", bound.message};
        if (bound.is == Is::bad && !failure) failure = {What::fail, "unresolved", bound.message};
        if (bound.is == Is::waits && !wait) wait = {What::wait, "", bound.message};
    }
    if (failure) return *failure;
    if (wait) return *wait;
    return {What::ready, "", ""};
}

std::vector<std::pair<std::string, std::vector<std::string>>> used(const StageLine& line,
                                                                   const Upstreams& upstreams) {
    Bindings bindings(line, upstreams, nullptr);
    std::vector<std::pair<std::string, std::vector<std::string>>> all;
    for (std::size_t i = 0; i < line.needs.size(); ++i) {
        all.emplace_back(line.needs[i].alias, bindings.bound(i).ids);
    }
    return all;
}

}  // namespace nightshift::stages
