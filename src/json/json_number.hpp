// Numbers in JSON text: where they end, and which ones a machine number can hold (RFC 8259 section
// 6 bounds neither their digits nor their exponents).

#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace nightshift {

// Behind the number at `at`, or `at` when there is none.
std::size_t skip_json_number(std::string_view json, std::size_t at);

// True when no 64-bit integer, signed or not, and no double holds the number. One that is too small
// is read as 0.
bool is_huge_number(std::string_view number);

// JSON allows numbers that fit no machine number; simdjson does not. Replaces each such number by
// one of the same length that fits (9e99, with zeros before the exponent), so that every offset
// stays. True when there was one.
bool replace_huge_numbers(std::string& json);

}  // namespace nightshift
