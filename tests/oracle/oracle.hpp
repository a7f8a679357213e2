// The one judge of every crash, fault and simulation test: holds what a run left behind against
// what the gateway's books say was paid. Each violated invariant is one line of text.
//
// I1 each id has one ledger line per terminal state reached and nothing else; unfinished ones none
//    (in mid-run the file may be behind the queue, and its last line torn)
// I2 billed - 1 <= maybe_billed + attempts with a known 2xx verdict that did not succeed; a video
//    whose id reached the queue was billed once
// I3 outputs/ has every file that the ledger names, with its length and SHA-256, and no other
// I4 every remote id in the books is the remote id of its task, or that task is held or flagged
// I5 the key occurs in no file
// I6 the ledger is valid JSONL with a line feed at its end, and the queue passes integrity_check
// I8 of the POSTs of a lane in two minutes with a thousand first tries or more, retries are a tenth
//    of these at most, as the retry budget of one run promises; refusals for the rate are left out,
//    and so are nights in which the user asked again (a tenth of a thousand is the budget's floor)

#pragma once

#include "storage/store.hpp"

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <vector>

namespace nightshift::test {

// One POST that the gateway accepted (sandbox: GET /sandbox/books).
struct BookEntry {
    std::string body_sha256, remote_id;
    bool billed = false;
};

struct FoundFile {
    std::string path;  // relative to DIR: "outputs/x.png"
    std::uint64_t bytes = 0;
    std::string sha256;
};

// What a run left. Bodies of the tasks must differ, so that the books can be told apart by them.
struct Remains {
    std::vector<TaskView> tasks;  // every task of the queue
    std::string ledger;           // bytes of ledger.jsonl
    std::vector<BookEntry> books;
    std::vector<FoundFile> outputs;      // every file below outputs/
    std::string integrity = "ok";        // of PRAGMA integrity_check
    std::vector<std::string> key_found;  // files in which the key occurs
    bool ended = true;                   // the last run ended by itself: every task is terminal
    bool retried = false;  // `nightshift retry` was used: a task may have several ledger lines
};

std::vector<std::string> violations(const Remains& remains);
// Of I8 only, at most one a lane.
std::vector<std::string> retry_violations(const std::vector<TaskView>& tasks);

// The lines of GET /sandbox/books.
std::vector<BookEntry> books_of(const std::string& books_jsonl);

// Reads DIR through a read-only store. `key`: the canary to look for in every file below DIR.
Remains remains_of(const std::string& dir, const std::string& books_jsonl, const std::string& key);

}  // namespace nightshift::test
