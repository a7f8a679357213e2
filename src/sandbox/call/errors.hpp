// The error envelopes of the gateway (wire contract 3.5, 4.4, 5.5, 8.3 and 10.2).
#pragma once

#include "sandbox/call/reply.hpp"
#include "sandbox/call/request.hpp"

#include <string>
#include <string_view>

namespace nightshift::sandbox {

// Code and message of one error; which envelope it gets depends on the function below.
struct Problem {
    int status = 400;
    std::string code;  // a gateway code of 10.3, or an upstream's own
    std::string message;
};

// Middleware stage, all protocols: {"error":{"code","message","type":"new_api_error"}}.
Reply middleware_error(const Call& call, const Problem& problem);

// Relay stage, made by the gateway, in the envelope of the call's protocol: OpenAI form, Anthropic
// form without a code, or the flat form of the task routes.
Reply gateway_error(const Call& call, const Problem& problem);

// Relayed from upstream in the envelope of the call's protocol. `type` is the upstream's error
// type; Anthropic's and Google's are lost on the way. In a call that asked for a stream the body
// carries text/event-stream (wire contract 3.4).
Reply upstream_error(const Call& call, const Problem& problem, std::string_view type);

// {"error":{"message","type"}}: /content and panics.
Reply short_error(int status, std::string_view type, std::string_view message);

// {"code","message","data":null}: the task routes.
Reply flat_error(const Problem& problem);

// 404 of a path below /v1 that does not exist.
Reply unknown_path(const Call& call);

}  // namespace nightshift::sandbox
