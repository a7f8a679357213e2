// Fields of a line that recipes write: what it belongs to, what it waits for, what becomes of a bad
// answer.

#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace nightshift {

// Every such field.
const std::vector<std::string>& stage_fields();
bool is_stage_field(std::string_view name);
// A line with one of these is a template: its request is known when other tasks have ended.
bool makes_template(std::string_view name);
// Fields that are read and not yet carried out: runs refuse a line with one.
bool is_refused_field(std::string_view name);

// What a key of `expect` is about.
enum class Expected { text, file, unknown };
Expected expected_of(std::string_view key);

}  // namespace nightshift
