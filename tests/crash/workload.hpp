// What crash runs work on: manifests of small tasks, and a gateway that answers quickly.

#pragma once

#include <cstdint>
#include <string>

namespace nightshift::test {

// So many lines, of all endpoints in turn. No two bodies are equal, whatever the seed.
std::string mixed_manifest(int tasks, std::uint64_t seed);

// Texts, and now and then speech and a video.
std::string small_manifest(int tasks, std::uint64_t seed);

// Faults files for `nightshift sandbox --speed 100`: replies after 15 ms, videos after 60 ms.
std::string quick_gateway();
// The same with some 503, resets after the request was read, and cut or slow downloads.
std::string bad_gateway();
// Replies after a second.
std::string slow_gateway();

}  // namespace nightshift::test
