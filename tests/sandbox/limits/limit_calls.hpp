// Calls and limits for the tests of hidden limits, with the time given by the test.
#pragma once

#include "tests/sandbox/client.hpp"

#include "sandbox/limits/limits.hpp"

#include <string>

namespace nightshift::sandbox {

inline Limits limits_of(const std::string& toml, double speed = 1) {
    const Folder folder;
    return {read_limits(folder.file("limits.toml", toml)), speed};
}

inline Call call_of(Endpoint endpoint, const std::string& model) {
    Call call;
    call.route.endpoint = endpoint;
    call.model = model;
    call.request_id = "R";
    return call;
}

// How many calls in a row get in at this moment, of at most 1000.
inline int let_in(Limits& limits, const Call& call, std::int64_t now_ms) {
    int count = 0;
    while (count < 1000 && !limits.enter(call, 1, now_ms)) ++count;
    return count;
}

// What the refusal of a call says is used up; empty when it gets in.
inline std::string refusal_of(Limits& limits, const Call& call, const Estimate& tokens,
                              std::int64_t now_ms) {
    const auto reply = limits.enter(call, tokens, now_ms);
    if (!reply) return {};
    const std::string message = text_at(value_at(parse_json(reply->body), "error"), "message");
    const auto on = message.find(" on ");
    return on == std::string::npos ? reply->body : message.substr(on + 4);
}

}  // namespace nightshift::sandbox
