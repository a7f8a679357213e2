// One HTTP request on its way through the gateway.
#pragma once

#include "sandbox/call/json.hpp"
#include "sandbox/call/route.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace nightshift::sandbox {

struct Header {
    std::string name;
    std::string value;
};
using Headers = std::vector<Header>;

struct Caller {
    int user = 0;
    bool model_limited = false;
    // Why a paid call of this key ends in 403: empty, "user" or "token" (wire contract 10.3).
    std::string quota;
};

struct Call {
    std::string method;
    std::string path;   // percent-decoded, without the query
    std::string query;  // as sent, without the question mark
    Headers headers;
    std::string body;
    Route route;
    std::string request_id;

    Caller caller;            // after authentication
    Json json;                // the parsed body of a paid call, else null
    std::string model;        // of a paid call
    std::string body_sha256;  // of a paid call
    std::uint64_t roll = 0;   // the seed of everything in this call's reply
    Json expect;              // what its answer will be held against, else null

    // The first value of a header, whatever its case; empty when absent.
    std::string_view header(std::string_view name) const;
    // The value of a query parameter, percent-decoded; empty when absent.
    std::string parameter(std::string_view name) const;
    bool wants_stream() const;
    bool json_body() const;  // Content-Type starts with application/json
};

bool same_name(std::string_view left, std::string_view right);  // ASCII, any case
std::string percent_decoded(std::string_view text);             // a bad escape stays as it is

}  // namespace nightshift::sandbox
