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

#include "sandbox/call/options.hpp"

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace nightshift::sandbox {

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

    // The answer to a POST of this body will be held against `expect`, as a manifest has it:
    // {"json": true} or {"json_schema": {...}}. It then passes. From any thread.
    void expect(std::string_view body, std::string_view expect);

    // Blocks until SIGINT or SIGTERM arrives; returns the signal's number. For `nightshift
    // sandbox` only: it takes both signals over while it waits.
    int wait_for_signal();

private:
    struct Running;
    std::unique_ptr<Running> running_;
};

}  // namespace nightshift::sandbox
