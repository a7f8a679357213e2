// Runs the real binary as a user would, with a clean environment, and reads what it left.

#pragma once

#include "tests/fakes/scratch.hpp"

#include <nlohmann/json_fwd.hpp>

#include <chrono>
#include <filesystem>
#include <map>
#include <string>
#include <sys/types.h>
#include <vector>

namespace nightshift::test {

struct Ended {
    int exit_code = -1;  // 128 + n when signal n ended it
    bool left_core = false;
    std::string out, err;
};

// One running nightshift; killed (SIGKILL) if it is still there at the end.
class Program {
public:
    // Starts in `folder`; `environment` is all it has besides PATH and HOME. `wrapper`: a command
    // that the binary and its arguments are appended to, such as strace with its options.
    Program(const std::filesystem::path& folder, std::vector<std::string> arguments,
            const std::map<std::string, std::string>& environment = {},
            std::vector<std::string> wrapper = {});
    ~Program();
    Program(const Program&) = delete;
    Program& operator=(const Program&) = delete;

    pid_t pid() const { return pid_; }
    void signal(int number) const;
    std::string err_so_far() const;
    std::string out_so_far() const;  // its stdout
    // Whether it ends by itself before so much time is over; `wait` tells how.
    bool ends_within(std::chrono::microseconds time) const;
    // Waits; ends it after 60 seconds.
    Ended wait();

private:
    std::filesystem::path out_, err_;
    pid_t pid_ = -1;
};

Ended run(const std::filesystem::path& folder, std::vector<std::string> arguments,
          const std::map<std::string, std::string>& environment = {},
          std::vector<std::string> wrapper = {});

// Each line parsed.
std::vector<nlohmann::json> read_jsonl(const std::filesystem::path& path);

}  // namespace nightshift::test
