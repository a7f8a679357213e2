// The books: one line for every POST the gateway accepted, in order (contract.md section 8).
//
// Accepted means: authenticated, within the limits, and past every check of the request itself. A
// 400, 401, 403, 404, 413, 429 or 503 the gateway makes on its own is not in the books; a reply
// that a fault rule put in place of the work is, with `billed` false. `status` is the status that
// was to be sent, 0 when a fault sent none.
#pragma once

#include "sandbox/state/journal.hpp"

#include <cstdint>
#include <filesystem>
#include <string>
#include <unordered_map>

namespace nightshift::sandbox {

struct Entry {
    std::string path;
    std::string model;
    std::string body_sha256;
    std::string idempotency_key;  // the Idempotency-Key header; empty: null in the books
    int status = 0;
    std::string remote_id;  // empty: null
    bool billed = false;
};

class Books {
public:
    // Empty path: kept in an unnamed file until the end of the process.
    explicit Books(const std::filesystem::path& path);

    void enter(const Entry& entry);

    // How often work was done for this body on this path: what makes the second reply differ from
    // the first.
    std::uint32_t executed(const std::string& path, const std::string& body_sha256) const;

    std::string jsonl() const { return journal_.text(); }

private:
    Journal journal_;
    std::uint64_t count_ = 0;
    std::unordered_map<std::uint64_t, std::uint32_t> executed_;  // by path and body
};

}  // namespace nightshift::sandbox
