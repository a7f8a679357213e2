#include "cli/input/known_values.hpp"

#include "base/failure.hpp"
#include "base/text/did_you_mean.hpp"
#include "base/text/glob.hpp"
#include "base/text/terminal_text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>

namespace nightshift::cli {
namespace {

constexpr std::size_t words_shown = 12;
constexpr std::size_t word_bytes = 80;

std::vector<std::string> models_of(Store& store) {
    std::set<std::string> models;
    for (const auto& lane : store.lanes()) models.insert(lane.model);
    return {models.begin(), models.end()};
}

[[noreturn]] void refuse(const char* what, const std::string& word,
                         const std::vector<std::string>& known, const std::string& where) {
    throw UsageError(fmt::format("no task in {} has the {} \"{}\"{}", term_safe(where), what,
                                 term_safe(word, word_bytes), hint_for(word, known)));
}

void require_models(Store& store, const std::vector<std::string>& globs, const std::string& where) {
    if (globs.empty()) return;
    const auto models = models_of(store);
    for (const auto& glob : globs) {
        const bool is_there =
            std::any_of(models.begin(), models.end(),
                        [&](const std::string& model) { return glob_matches(glob, model); });
        if (!is_there) refuse("model", glob, models, where);
    }
}

void require_tags(Store& store, const std::vector<std::string>& tags, const std::string& where) {
    for (const auto& tag : tags) {
        Selection selection;
        selection.tags = {tag};
        if (store.count_of(selection) == 0) refuse("tag", tag, store.names(Names::tags), where);
    }
}

void require_flags(Store& store, const std::vector<std::string>& flags, const std::string& where) {
    const auto& words = flag_words();
    for (const auto& flag : flags) {
        if (std::find(words.begin(), words.end(), flag) != words.end()) continue;
        auto known = store.names(Names::flags);
        if (std::find(known.begin(), known.end(), flag) != known.end()) continue;
        known.insert(known.end(), words.begin(), words.end());
        refuse("flag", flag, known, where);
    }
}

}  // namespace

const std::vector<std::string>& flag_words() {
    static const std::vector<std::string> words = {"truncated",     "partial",    "format_mismatch",
                                                   "ratio_ignored", "tool_calls", "plain_http"};
    return words;
}

std::string hint_for(const std::string& word, const std::vector<std::string>& known) {
    const auto starts_so = [&word](const std::string& each) {
        return word.size() >= 2 && each.starts_with(word);
    };
    const auto longer = std::find_if(known.begin(), known.end(), starts_so);
    const auto* near = longer != known.end() ? &*longer : nearest_of(word, known);
    if (near != nullptr) {
        return fmt::format("; did you mean \"{}\"?", term_safe(*near, word_bytes));
    }
    if (known.empty() || known.size() > words_shown) return "";
    std::string list;
    for (const auto& each : known) {
        list += (list.empty() ? "" : ", ") + term_safe(each, word_bytes);
    }
    return "; known: " + list;
}

void require_known(Store& store, const Selection& selection, const std::string& where) {
    for (const auto& id : selection.ids) {
        if (!store.find(id)) refuse("id", id, store.names(Names::ids), where);
    }
    require_models(store, selection.models, where);
    require_tags(store, selection.tags, where);
    require_flags(store, selection.flags, where);
}

}  // namespace nightshift::cli
