// What values of flags may be. Included by what describes the command line to CLI11.

#pragma once

#include <CLI/CLI.hpp>

namespace nightshift::cli {

// Checks: a number, or a whole one, of these bounds (both allowed).
CLI::Validator number_from(double least, double most = 1e15);
CLI::Validator integer_from(std::int64_t least, std::int64_t most);

// Transforms into seconds: 90, 90s, 30m, 8h, 1h30m, within these bounds of seconds.
CLI::Validator duration_from(double least_s, double most_s);

}  // namespace nightshift::cli
