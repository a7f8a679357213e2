// nightshift init: a manifest and a configuration to begin with.

#include "base/failure.hpp"
#include "base/text/shell_word.hpp"
#include "cli/input/arguments.hpp"
#include "cli/input/exit_code.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <fcntl.h>
#include <filesystem>
#include <string_view>
#include <unistd.h>

namespace nightshift::cli {
namespace {

namespace fs = std::filesystem;

struct Sample {
    const char* name;
    std::string_view text;
};

constexpr std::array<Sample, 2> samples = {
    {{"night.jsonl",
      R"MANIFEST({"id": "hello", "model": "gpt-5.4", "prompt": "Say hello.", "tags": ["text"]}
{"id": "poem", "model": "claude-sonnet-4-6", "prompt": "A short poem.", "max_tokens": 200}
{"id": "apple", "model": "gpt-image-2", "prompt": "a red apple", "size": "1024x1024"}
{"id": "foal", "model": "happyhorse-1.0-t2v", "prompt": "a white foal", "duration": 3}
{"id": "tea", "model": "qwen3-tts-flash", "input": "Tea is ready.", "voice": "Cherry"}
)MANIFEST"},
     {"nightshift.toml",
      R"CONFIG(# Settings of runs of the manifests in this folder. Every key:
# `nightshift help manifest` and docs/configuration.md.

[run]
concurrency = 32          # requests in flight
# budget = 20.0           # stop before the total cost exceeds this; needs a price for every model
# currency = "USD"        # label of the prices
# max_duration = "8h"     # stop sending after this time

# What you know of the gateway's limits; the rest is found out.
# [[limit]]
# match = "claude-*"
# requests_per_minute = 500

# Prices are examples: put in your gateway's.
# [price."gpt-5.4"]
# input_per_mtok = 1.0
# output_per_mtok = 8.0
# [price."gpt-image-*"]
# per_image = 0.04
# [price."happyhorse-*"]
# per_second = 0.1
)CONFIG"}}};

// Throws UsageError when it is there, StorageError when it cannot be written.
void write_new(const fs::path& path, std::string_view text) {
    const int fd = open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0644);
    if (fd < 0) {
        throw StorageError("write " + path.string() + ": " + std::strerror(errno));
    }
    while (!text.empty()) {
        const auto got = write(fd, text.data(), text.size());
        if (got < 0 && errno == EINTR) continue;
        if (got <= 0) break;
        text.remove_prefix(static_cast<std::size_t>(got));
    }
    const bool whole = close(fd) == 0 && text.empty();
    if (!whole) throw StorageError("write " + path.string() + ": the disk took only a part");
}

}  // namespace

int init_command(const Arguments& arguments) {
    const fs::path dir = arguments.dir.empty() ? "." : arguments.dir;
    std::error_code error;
    fs::create_directories(dir, error);
    if (!fs::is_directory(dir, error)) {
        throw UsageError("init: " + dir.string() + " is not a folder and cannot be made one");
    }
    nlohmann::ordered_json files = nlohmann::ordered_json::array();
    for (const auto& sample : samples) {
        const auto path = (dir / sample.name).lexically_normal();
        if (fs::exists(fs::symlink_status(path, error))) {
            throw UsageError("init: " + path.string() +
                             " is there already and is left as it is; give another folder");
        }
        files.push_back(path.string());
    }
    for (std::size_t i = 0; i < samples.size(); ++i) {
        write_new(files[i].get<std::string>(), samples[i].text);
    }
    if (arguments.common.json) {
        fmt::print("{}\n", nlohmann::ordered_json{{"schema", 1}, {"files", files}}.dump());
        return exit_ok;
    }
    if (arguments.common.quiet) return exit_ok;
    const auto manifest = shell_word(files[0].get<std::string>());
    fmt::print(stderr,
               "wrote {} and {}\n"
               "next: nightshift check {}\n"
               "      nightshift run {} --sandbox  # free, with made-up results\n",
               files[0].get<std::string>(), files[1].get<std::string>(), manifest, manifest);
    return exit_ok;
}

}  // namespace nightshift::cli
