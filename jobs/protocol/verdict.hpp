// What a reply, or the lack of one, means: the one classifier, as tables from the wire contract
// (sections 10.3-10.5). Pure: (endpoint group, reply) in, verdict out.

#pragma once

#include "base/failure.hpp"
#include "http/message.hpp"
#include "jobs/protocol/error_object.hpp"
#include "jobs/protocol/job.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace nightshift {

// What the classifier must know besides the reply.
struct Asked {
    Group group = Group::text;
    bool first_contact = false;       // nothing of this gateway has been understood yet in this run
    bool endpoint_unknown = false;    // ... nor of this endpoint
    bool take_redirect = false;       // 3xx is an answer here (speech)
    std::string_view operation = {};  // for the message: "get", "poll"; "": after the function
    std::string_view path = {};       // of the request, for the message; its query is left out
    std::string_view model = {};      // of the task
    std::string_view body = {};       // of the request: what an error repeats of it says nothing
};

// The failure that the reply to a POST means, or nothing: a 2xx whose body is for the endpoint's
// own reader (it still may be no_output, truncated, ...). Judges transport troubles, status,
// envelopes, codes, `error` inside a 200, HTML where JSON belongs.
std::optional<Failure> verdict_of_post(const http::Reply& reply, const Asked& asked);

// The same for a GET of ours (models, polls): only what must stop the run is a failure here
// (credentials, misconfigured at first contact); `nullopt` = look at the reply.
std::optional<Failure> verdict_of_get(const http::Reply& reply, const Asked& asked);

// The failure that an error object means: by code, type, vendor number, codes of what it wraps,
// phrases of a 4xx, then status. A status below 400 stands for "none of its own". Billing::none, as
// for every parsed refusal, unless a gateway gave up waiting (408, 504, 524); what else is
// different for video submits is verdict_of_post's.
Failure failure_of_error(const ErrorObject& error, int status, bool gateway_answered,
                         const Asked& asked = {});

// Gateway's request id (X-Oneapi-Request-Id), or a vendor's, or "".
std::string request_id_of(const http::Reply& reply);

}  // namespace nightshift
