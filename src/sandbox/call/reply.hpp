// One HTTP reply, before faults and before it is written to a socket.
#pragma once

#include "sandbox/call/request.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace nightshift::sandbox {

struct Reply {
    int status = 200;
    Headers headers;  // neither Content-Length nor the gateway's own
    std::string body;
    std::vector<std::string> frames;  // not empty: a stream, sent chunked instead of `body`
    bool gateway_headers = true;      // X-Oneapi-Request-Id and X-New-Api-Version
    bool executed = false;            // work was done: billed
    std::string remote_id;            // of the task this call created
    std::int64_t output_tokens = 0;   // of the work, as its `usage` has them
    double seconds = 0;               // how long the work takes, before `speed`

    void set_header(std::string_view name, std::string_view value);  // replaces
};

// A body the gateway itself made: application/json; charset=utf-8, gateway escapes.
Reply gateway_reply(int status, const Json& body);

// A body that came from upstream: application/json.
Reply upstream_reply(int status, const Json& body);

// Any bytes under a media type.
Reply bytes_reply(int status, std::string_view content_type, std::string bytes);

// Server-sent events with the gateway's headers (wire contract 3.4, 4.3).
Reply stream_reply(std::vector<std::string> frames);

// The reason phrase of a status line; "Unknown" for numbers Go does not know.
std::string_view reason_of(int status);

}  // namespace nightshift::sandbox
