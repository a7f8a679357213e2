// What comes from outside (model output, gateway messages, ids) is made harmless before it
// reaches a terminal or a log: C0, DEL, C1 and bidirectional controls become visible escapes
// (CWE-150, CVE-2021-42574). Applied once, at the printing boundary, before colouring.

#pragma once

#include <string>
#include <string_view>

namespace nightshift {

// Valid UTF-8, no control characters; line feeds and tabs become spaces. Bytes that are no UTF-8
// become "\xNN". Cut at `limit` bytes with "..." (0: whole).
std::string term_safe(std::string_view text, std::size_t limit = 0);

// The text with every sequence that is no valid UTF-8 replaced by U+FFFD.
std::string valid_utf8(std::string_view text);

// Length in bytes of the valid UTF-8 sequence at the start of `text`, 0 when there is none.
std::size_t utf8_length(std::string_view text);

}  // namespace nightshift
