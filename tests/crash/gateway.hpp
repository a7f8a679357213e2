// The stand-in gateway as a process of its own, so that what it was asked for and what it billed
// outlives every client that is killed.

#pragma once

#include "tests/fakes/program.hpp"

#include <filesystem>
#include <memory>
#include <string>

namespace nightshift::test {

class Gateway {
public:
    // Serves on a free port of loopback until the object ends; its state lies in `folder`.
    // `faults`: the text of a faults file (JSON), or empty. Throws std::runtime_error.
    Gateway(const std::filesystem::path& folder, const std::string& faults, double speed);

    const std::string& base_url() const { return base_url_; }
    std::string books() const;  // GET /sandbox/books

private:
    std::unique_ptr<Program> program_;
    std::string base_url_;
    int port_ = 0;
};

}  // namespace nightshift::test
