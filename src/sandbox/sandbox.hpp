// The stand-in gateway: serves every endpoint of wire/contract.md on loopback, with real media made
// by code. It shares no code with the client that is rehearsed against it.
//
// Keys (contract.md section 8, wire contract 11.3). "Sandbox key" means: starts with `sk-sandbox`.
//   any sandbox key              valid, user 1, whatever dashes follow
//   sk-sandbox-other             valid, user 2: the tasks of user 1 do not exist for it
//   sk-sandbox-exhausted, -disabled, -expired
//                                401 "Invalid token", one message for all
//   sk-sandbox-banned            403, user banned
//   sk-sandbox-ip                403 access_denied
//   sk-sandbox-noquota           403 insufficient_user_quota, in the envelope of each protocol
//   sk-sandbox-lowbudget         403 pre_consume_token_quota_failed
//   sk-sandbox-limited           only gpt-5.4, claude-sonnet-4-6 and happyhorse-1.0-t2v, else 403
//   sk-standin                   valid, user 1; `sk-standin-7` is 403 (a dash names a channel)
// A special word may be followed by `-anything`. Every other key is 401.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
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

// One running gateway with a thread of its own. With both ports fixed and the same state_dir a
// second Sandbox goes on with the tasks, books and result links of the first.
class Sandbox {
public:
    // Listens before it returns. Throws std::runtime_error with one clear line when an address is
    // taken or a file is not in order.
    explicit Sandbox(Options options);
    ~Sandbox();
    Sandbox(const Sandbox&) = delete;
    Sandbox& operator=(const Sandbox&) = delete;

    std::uint16_t port() const;
    std::uint16_t results_port() const;
    std::string base_url() const;  // http://HOST:PORT, no slash at the end

    // Blocks until SIGINT or SIGTERM arrives; returns the signal's number. For `nightshift
    // sandbox` only: it takes both signals over while it waits.
    int wait_for_signal();

private:
    struct Running;
    std::unique_ptr<Running> running_;
};

}  // namespace nightshift::sandbox
