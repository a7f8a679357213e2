// What a stand-in gateway is started with.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace nightshift::sandbox {

struct Options {
    std::string host = "127.0.0.1";     // address of both listeners
    std::uint16_t port = 0;             // the gateway; 0: a free one
    std::uint16_t results_port = 0;     // the foreign result host; 0: a free one
    std::uint64_t seed = 1;             // same seed, same ids, texts and media
    double speed = 1.0;                 // > 0; divides every simulated duration
    double video_seconds = 30;          // typical render time of a video, before `speed`
    double latency_seconds = 0.05;      // typical time of a text reply, before `speed`; 0: none
    std::filesystem::path state_dir;    // tasks and books live here; empty: memory only
    std::filesystem::path faults_file;  // TOML or JSON, schemas/sandbox_faults.json; empty: none
    std::filesystem::path limits_file;  // TOML or JSON, schemas/sandbox_limits.json; empty: none
    std::vector<std::string> extra_models;  // more names (globs) served as chat models
};

}  // namespace nightshift::sandbox
