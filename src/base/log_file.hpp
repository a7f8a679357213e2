// A file of lines, written by a thread of its own: a disk that takes ten seconds a write never
// holds up who logs. Lines that find the backlog full are dropped, and the file says how many.
// The file rotates by size (F, F.1, F.2, ...) and is for its owner only.

#pragma once

#include <cstddef>
#include <filesystem>
#include <memory>
#include <string>

namespace nightshift::cli {

struct LineWriterBounds {
    std::size_t file_bytes, files;  // of one file before it rotates; rotated ones that are kept
    std::size_t backlog_bytes;      // lines in memory, not yet written
    double drain_s;                 // the end waits so long for them
};

class LineWriter {
public:
    // Throws StorageError when the file cannot be opened. Later failures only lose lines.
    LineWriter(const std::filesystem::path& path, LineWriterBounds bounds);
    ~LineWriter();
    LineWriter(const LineWriter&) = delete;
    LineWriter& operator=(const LineWriter&) = delete;

    void write(std::string line);  // never blocks; with its line feed
    void reopen();                 // somebody moved the file away: go on in a new one
private:
    struct State;
    std::shared_ptr<State> state_;  // outlives us in a thread that hangs in a write
};

}  // namespace nightshift::cli
