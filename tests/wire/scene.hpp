// One exchange of the wire examples played through the real binary: a manifest line for a valid
// request of that endpoint, a gateway that gives the exchange's reply where it belongs and good
// replies elsewhere, and the verdict that must come out.

#pragma once

#include <string>

namespace nightshift::test {

// Plays the example of that name (tests/wire/examples.jsonl) and checks its verdict.
void play_example(const std::string& name);

}  // namespace nightshift::test
