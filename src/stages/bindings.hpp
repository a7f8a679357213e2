// What the aliases of one line stand for, given what its needs have come to. Private to src/stages.

#pragma once

#include "stages/files_once.hpp"
#include "stages/names.hpp"
#include "stages/result.hpp"
#include "stages/splice.hpp"
#include "stages/stage_line.hpp"
#include "stages/upstream.hpp"

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace nightshift::stages {

// Borrows everything. Each answer is parsed at most once in its life.
class Bindings {
public:
    // `files`: nullptr where nothing is read (decisions).
    Bindings(const StageLine& line, const Upstreams& upstreams, Files* files);

    // What an alias of `after` has come to.
    struct Bound {
        enum class Is {
            there,    // `ids` are used
            absent,   // did not succeed, and on_failed is run; `message` says so
            waits,    // `message`: what for
            skipped,  // `message`: the reason
            failed,   // `code`, `message`: as in a Decision
            bad,      // a value that decides it is not there: `message`
        };
        Is is = Is::there;
        std::vector<std::string> ids;
        std::string code, message;
    };
    const Bound& bound(std::size_t need);

    // The first alias of a template that is neither there nor absent; nullptr: it can be filled.
    const Bound* open_in(const recipe::Template& text);
    // The list that an element comes from; what `open_in` has nothing against.
    const recipe::Found& list_of(std::size_t slot);
    // The value of a placeholder before its filters.
    recipe::Found look_up(const recipe::Placeholder& placeholder);
    // Whether a condition holds; nothing: `error` says why that cannot be said.
    std::optional<bool> holds(const recipe::Condition& condition, std::string& error);

    // Of the last value that was not there: "unresolved", "file_missing" or "filled_body".
    std::string_view code() const {
        return too_long_ ? "filled_body" : files_.is_missing() ? "file_missing" : "unresolved";
    }
    bool used_link() const { return used_link_ || files_.used_link(); }

private:
    using Found = recipe::Found;

    State state_of(const std::string& id) const;
    Result& result_of(const std::string& id);
    Bound decide(const Need& need);
    Bound one(const Need& need) const;
    Bound several(const Need& need) const;
    Bound numbered(const Need& need);
    Bound scored(const Need& need);
    Bound first(const Need& need) const;
    std::optional<std::vector<std::string>> shown_to_judge(const Need& need);
    Bound unless_failed(Bound failed) const;
    Bound too_few(const Need& need, std::size_t there, std::string_view are) const;
    Bound waiting_for(const Need& need, const std::string& id) const;

    Found of_need(std::size_t need, const recipe::Placeholder& placeholder);
    Found of_result(const std::string& id, const std::vector<std::string>& path);
    Found collected(const Need& need, const Bound& bound);

    const StageLine& line_;
    const Upstreams& upstreams_;
    FilesOnce files_;
    std::vector<std::optional<Bound>> bound_;
    std::vector<bool> deciding_;
    std::vector<std::optional<Found>> lists_;
    std::vector<std::optional<Found>> texts_;  // of `all` with a text, by need
    std::unordered_map<std::string, Result> results_;
    bool too_long_ = false;
    bool used_link_ = false;
};

}  // namespace nightshift::stages
