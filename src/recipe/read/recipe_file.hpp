// A recipe as its TOML says it: every table and key, in the order of the file, nothing resolved.

#pragma once

#include "manifest/problem.hpp"
#include "recipe/text/condition.hpp"
#include "recipe/read/folder.hpp"
#include "recipe/read/toml_values.hpp"
#include "recipe/text/value.hpp"

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace nightshift::recipe {

struct Field {
    std::string name;
    Value value;
    Place place;
};

struct ConditionList {
    std::vector<Condition> all;
    Place place;
};

struct DataSpec {
    bool given = false;  // there is a [data]
    Place place;
    std::vector<std::string> file;   // or "-"
    std::vector<std::string> files;  // patterns: a row for each file
    std::optional<std::vector<Value>> rows;
    std::string format;  // csv, tsv, jsonl, json; empty: by the name
    char delimiter = '\0';
    std::vector<std::string> columns;
    std::vector<Field> types;  // column -> integer, number, boolean, json, text
    ConditionList where;
    std::optional<std::int64_t> sample_rows;
    std::optional<double> sample_share;  // 0 to 1
    std::optional<std::int64_t> first;
    std::vector<std::string> key;
    std::optional<std::vector<std::string>> keep;
};

struct MatrixValue {
    Value value;
    std::string name;     // as `variant` and `exclude` have it, a table's `name`
    std::string id_part;  // the same, as ids have it
};

struct MatrixSpec {
    std::string name;
    Place place;
    std::vector<MatrixValue> values;
};

struct CollectSpec {
    std::string alias, from;
    Place place;
    std::vector<std::string> over, by;
    std::optional<std::string> text, join;
    std::optional<std::int64_t> least;
};

struct TaskSpec {
    std::string name;
    Place place;
    std::vector<Field> request;  // what a line holds, as it stands: model, prompt, url, body, ...
    std::vector<Field> around;   // tags, priority, timeout, expect, on_invalid, fallback, metadata
    std::optional<Field> id;
    std::optional<std::int64_t> samples, want, candidates;
    ConditionList accept, when;
    std::optional<Field> unique;
    std::vector<Field> files;  // alias -> path template
    std::vector<CollectSpec> collect;
    std::vector<std::string> after, per;
    std::string on_failed;  // empty: cancel
};

struct EachSpec {
    std::string name;
    Place place;
    std::string of;
    std::optional<std::int64_t> most;
};

struct PickSpec {
    std::string name, from;
    Place place;
    std::vector<std::string> over, first;
    std::string number, highest, lowest;  // templates; one of them, or `first`
    std::optional<std::int64_t> least;
};

struct ExportSpec {
    std::string name;
    Place place;
    std::vector<Field> fields;  // their meaning is the exporter's
};

struct Recipe {
    std::string file;  // as problems call it
    std::string name, description;
    std::int64_t seed = 0;
    DataSpec data;
    std::vector<Field> constants;
    std::vector<MatrixSpec> matrix;
    std::vector<Field> exclude;  // each an object: matrix name -> value
    std::vector<EachSpec> each;
    std::vector<TaskSpec> tasks;
    std::vector<PickSpec> picks;
    std::vector<ExportSpec> exports;
};

struct ReadOptions {
    std::map<std::string, std::string> set;  // --set NAME=VALUE
    // Fields that a line may have; empty: any.
    std::vector<std::string> line_fields;
};

// Whether a text is a recipe rather than JSON lines: it is TOML with a table that recipes have.
bool looks_like_recipe(std::string_view head);

// Problems are appended; with one that is no warning the recipe is not to be used.
Recipe read_recipe(std::string_view text, const std::string& file, const Folder& folder,
                   const ReadOptions& options, std::vector<Problem>& problems);

}  // namespace nightshift::recipe
