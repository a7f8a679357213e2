// From a whole request to its reply: authentication, checks, limits, faults, work, books.
#pragma once

#include "sandbox/call/reply.hpp"
#include "sandbox/call/request.hpp"
#include "sandbox/faults/fault.hpp"
#include "sandbox/state/gateway_state.hpp"

namespace nightshift::sandbox {

constexpr std::uint64_t body_bytes_max = 128ULL << 20U;  // MAX_REQUEST_BODY_MB, wire contract 1.2

struct Answer {
    Reply reply;
    Fault fault;           // how the connection is to be treated
    bool limited = false;  // holds a place in the limits until the reply is out
};

// Fills in what the call lacks (caller, parsed body, hash). Never throws: what goes wrong here is
// the gateway's own 500 `new_api_panic`.
Answer answer(World& world, Call& call);

// The refusal of a body above body_bytes_max, which was not read: 413 for Gemini, else 400.
Reply too_large(const Call& call);

}  // namespace nightshift::sandbox
