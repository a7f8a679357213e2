// From how a transfer ended to what it means: the one table of libcurl's result codes.

#pragma once

#include "http/message.hpp"

#include <curl/curl.h>

#include <string_view>

namespace nightshift::http {

// What was seen while the transfer ran. A result code alone does not say enough: 7 may be our own
// lack of descriptors, 28 any of four timeouts, 18 a reply without even a status.
struct Evidence {
    CURLcode code = CURLE_OK;
    std::string_view text;  // libcurl's words
    int status = 0;
    bool sent = false;
    bool dialled = false;  // a socket was asked for
    int socket_errno = 0;  // why there was none
    bool unsafe_address = false;
    bool repeat_refused = false;
    bool too_large = false;
    bool two_lengths = false;
    bool bad_coding = false;  // the body is packed, and broken
    bool sink_refused = false;
    bool out_of_memory = false;
};

Trouble trouble_of(const Evidence& evidence);

// Sentence for results that libcurl has no good words for; libcurl's own otherwise.
std::string_view words_of(Trouble trouble, const Evidence& evidence);

}  // namespace nightshift::http
