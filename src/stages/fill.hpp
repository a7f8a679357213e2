// The request of a line that is ready, its placeholders filled with results and files.

#pragma once

#include "stages/stage_line.hpp"
#include "stages/upstream.hpp"

#include <string>

namespace nightshift::stages {

// Reads the files that placeholders want. Each is asked for at most once in a call of `fill`.
class Files {
public:
    virtual ~Files() = default;
    // The whole of an output, by its path in the ledger line. False: `error` says why.
    virtual bool output(const std::string& path, std::string& bytes, std::string& error) = 0;
    // The whole of a file of the user's, by its path in `files`. False: `error` says why.
    virtual bool own(const std::string& path, std::string& bytes, std::string& error) = 0;
    // A public link to an output or a file of the user's. False: `error` says why.
    virtual bool publish(const std::string& path, bool is_own, std::string& url,
                         std::string& error);
};

struct Filled {
    bool good = false;
    // JSON object: the members of the request, or the body. Bytes of the line but for texts that
    // hold placeholders.
    std::string line;
    // Not good: "unresolved" (a value is not there), "file_missing", "filled_body" (longer than
    // limits::manifest_line_bytes, or the stage text is damaged).
    std::string code, message;
    bool used_link = false;  // a public link went in: the bytes are not to be had again later
};

Filled fill(const StageLine& line, const Upstreams& upstreams, Files& files);

}  // namespace nightshift::stages
