// A fault's share of a reply: status, body and headers in place of the good ones.
#pragma once

#include "sandbox/call/reply.hpp"
#include "sandbox/faults/fault.hpp"

namespace nightshift::sandbox {

// Changes `reply`. A status without a body brings the body that the gateway, its upstream or, with
// gateway_headers off, an nginx in front of it would send.
void put_fault(Reply& reply, const Call& call, const Fault& fault);

}  // namespace nightshift::sandbox
