// Times as people and the ledger write them.

#pragma once

#include <cstdint>
#include <string>

namespace nightshift {

// RFC 3339, UTC, milliseconds: "2026-11-22T03:10:00.123Z".
std::string rfc3339(std::int64_t unix_ms);
void append_rfc3339(std::string& out, std::int64_t unix_ms);

// "42s", "3m12s", "1h04m", "2d03h": for the screen.
std::string short_duration(double seconds);

}  // namespace nightshift
