// A reply as bytes on the wire.
#pragma once

#include "sandbox/call/reply.hpp"
#include "sandbox/faults/fault.hpp"

#include <string>
#include <vector>

namespace nightshift::sandbox {

// The pieces a reply is sent in, the head first, and what to do after the last one.
struct Transmission {
    std::vector<std::string> pieces;
    bool keep_alive = true;
    Cut after = Cut::none;  // none, reset_mid_reply, close_mid_reply or stall_mid_reply
};

// `keep_alive` is what the client asked for; `chunks` false for HTTP/1.0.
Transmission transmission_of(const Reply& reply, const Call& call, const Fault& fault,
                             bool keep_alive, bool chunks);

}  // namespace nightshift::sandbox
