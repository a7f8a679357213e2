// The rows of a recipe that count: read, convert, `where`, key, `sample`, `first`, --shard, --rows.

#pragma once

#include "manifest/id_index.hpp"
#include "recipe/plan/bound.hpp"
#include "recipe/data/row.hpp"
#include "recipe/data/table.hpp"
#include "recipe/plan/plan.hpp"

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace nightshift::recipe {

struct RowOptions {
    std::vector<std::pair<std::string, std::string>> where;  // column, value: all must be equal
    std::int64_t shard = 1, shards = 1;                      // this one, from 1, of so many
    std::optional<std::int64_t> rows;                        // so many at most
};

struct KeyedRow {
    Row row;
    std::string key;
};

class Rows {
public:
    // Borrows all but the options.
    Rows(const Recipe& recipe, const Plan& plan, Table& table, RowOptions options,
         OnProblem on_problem);

    // False at the end. Rows with a problem are told and passed over.
    bool next(KeyedRow& row);
    std::int64_t read() const { return read_; }  // rows that were no problem
    std::int64_t chosen() const { return chosen_; }

private:
    void start(bool silent);
    bool next_keyed(KeyedRow& row);
    bool convert(Row& row);
    std::string conversion(const Value& cell, const std::string& type, Value& made) const;
    std::optional<bool> is_wanted(const Row& row);
    bool name(KeyedRow& row);
    std::uint64_t hash_of(const std::string& key) const;
    void choose_sample();
    bool is_in_sample(const KeyedRow& row);
    bool is_in_shard(const KeyedRow& row);

    const Recipe& recipe_;
    const Plan& plan_;
    Table& table_;
    RowOptions options_;
    OnProblem on_problem_;
    std::unique_ptr<RowSource> source_;
    bool silent_ = false;
    IdIndex unnamed_;                   // how often each row without a key came
    std::vector<std::int64_t> sample_;  // places of rows that pass, ascending
    std::size_t sample_at_ = 0;
    std::int64_t place_ = 0;  // of the present row among those that pass
    std::int64_t sampled_ = 0, read_ = 0, chosen_ = 0;
    std::vector<std::string> group_by_;  // rows of a group stay in one shard
    bool all_together_ = false;
    std::map<std::string, std::int64_t> groups_;
};

}  // namespace nightshift::recipe
