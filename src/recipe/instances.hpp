// Which tasks a row makes: every combination, its id, and which of them one needs.

#pragma once

#include "recipe/plan/bound.hpp"
#include "recipe/read/folder.hpp"
#include "recipe/plan/plan.hpp"

#include <cstdint>
#include <map>
#include <string>
#include <unordered_map>
#include <vector>

namespace nightshift::recipe {

struct Instance {
    std::vector<std::uint32_t> at;  // by dimension; 0: it does not vary
    std::vector<Value> elements;    // of each, known ones
    std::vector<bool> files;        // which of the task's are there
    std::vector<std::string> paths;
    std::string id;
    bool made = true;  // false: its `when` does not hold, or what it needs is not made
};

class Instances {
public:
    Instances(const Recipe& recipe, const Plan& plan, const Folder& folder);

    // All combinations of a task, in order; what it needs must have been made before. False when
    // something is wrong: `error` says what.
    bool make(std::size_t task, const Row& row, const std::string& key, std::string& error);
    void clear(std::size_t task);
    const std::vector<Instance>& of(std::size_t task) const { return all_[task]; }

    // What a need stands for here.
    struct Needed {
        std::vector<const Instance*> tasks;
        // Of a pick by score: beside `tasks`, for each judge.
        std::vector<std::vector<const Instance*>> judges;
        std::size_t possible = 0;  // combinations, made or not
    };
    Needed needed(const Need& need, std::size_t task, const Instance& instance) const;
    // By place only, for what is gathered over rows.
    std::string place_of(const std::set<std::size_t>& dims, const Instance& instance) const;

    Context context_of(std::size_t task, const Instance& instance, const Row& row) const;
    // "[key][-matrix values][-task][-numbers]"; `without`: a dimension to leave out.
    std::string default_id(std::size_t task, const Instance& instance, const std::string& key,
                           std::size_t without = SIZE_MAX) const;

private:
    using Index = std::unordered_map<std::string, std::vector<std::size_t>>;

    bool combine(std::size_t task, std::size_t depth, Instance& instance, const Row& row,
                 const std::string& key, std::string& error);
    bool combine_elements(std::size_t task, std::size_t depth, Instance& instance, const Row& row,
                          const std::string& key, std::string& error);
    bool finish(std::size_t task, Instance instance, const Row& row, const std::string& key,
                std::string& error);
    bool is_excluded(std::size_t task, const Instance& instance) const;
    bool find_files(std::size_t task, Instance& instance, const Row& row, std::string& error);
    std::vector<const Instance*> matching(std::size_t task, const std::set<std::size_t>& dims,
                                          const Instance& instance) const;
    bool has_needs(std::size_t task, const Instance& instance) const;

    const Recipe& recipe_;
    const Plan& plan_;
    const Folder& folder_;
    std::vector<std::vector<Instance>> all_;
    mutable std::vector<std::map<std::set<std::size_t>, Index>> indexes_;
};

}  // namespace nightshift::recipe
