// The error object of any envelope of wire contract 10.2, unified: OpenAI's, Anthropic's, the
// gateway's flat one, dashboards', and what vendors' own bodies look like when they pass through.

#pragma once

#include "base/text/told_time.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace nightshift {

// Empty fields when absent.
struct ErrorObject {
    bool present = false;
    std::string code;  // numbers as text; of the innermost reply that has one
    std::string type;
    std::string message;  // bounded, control characters escaped, keys masked
    // The gateway's own code when `code` is from the upstream reply that it hands on as a string
    // ("fail_to_fetch_task", "ali_api_error", "bad_response"); else "".
    std::string outer_code;
    std::string param;  // the member of the request that it is about
    int status = 0;     // the HTTP status that it carries, as its code or beside it; 0: none
    // Codes and reasons in what it wraps: `innererror`, `details`, `provider_specific_fields`, ...
    std::vector<std::string> inner_codes;
    std::optional<ToldTime> told;  // the wait that it names
    bool told_in_words = false;    // ... only in its message
    // It has the form that gateways and providers give their errors: no proxy's or framework's.
    bool is_gateways = false;
};

// Not present when the body is no JSON object or holds no error: a 2xx with `"error": null`, with
// an error of empty fields, or with `"code": "success"` has none.
ErrorObject error_object_of(std::string_view body);

// Text of the gateway for people: keys ("sk-...", "AIza...") masked, harmless on a terminal, at
// most limits::message_bytes long.
std::string gateway_words(std::string_view text);

}  // namespace nightshift
