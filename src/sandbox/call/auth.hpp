// Who calls: the key carriers of wire contract 1.1 and the key states of 11.3.
#pragma once

#include "sandbox/call/reply.hpp"
#include "sandbox/call/request.hpp"

#include <optional>

namespace nightshift::sandbox {

// The key a call carries, from the carriers its path accepts; empty when there is none.
std::string key_of(const Call& call);

// Fills `call.caller`, or returns the gateway's refusal. The keys are listed in sandbox.hpp.
std::optional<Reply> authenticate(Call& call);

}  // namespace nightshift::sandbox
