// Requests and replies as values. A reply that did not arrive is a value too: the caller decides
// what it means for money (contract section 6).

#pragma once

#include "base/clock.hpp"
#include "http/url.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace nightshift::http {

using Headers = std::vector<std::pair<std::string, std::string>>;

// What went wrong below HTTP. `none` with status 0 cannot happen.
enum class Trouble {
    none,
    dns,           // name not resolved
    no_such_name,  // ... because it does not exist; only looked into until something was sent
    connect,       // refused, unreachable, or no route
    connect_timeout,
    tls,             // handshake cut or version refused
    no_tls,          // what answers speaks no TLS
    tls_verify,      // certificate not trusted, expired, or for another host
    timeout,         // total time used up
    idle,            // too slow for too long, or no byte for the idle time
    reset,           // closed or reset before the reply was whole and before any body length proof
    truncated,       // status arrived, body cut short
    too_large,       // over body_max_bytes, or headers over their bound
    refused_stream,  // HTTP/2 REFUSED_STREAM: proof that nothing was executed
    repeat_refused,  // libcurl wanted to send the POST a second time and was stopped
    protocol,        // not HTTP, bad encoding
    unsafe_address,  // the URL or the resolved address is not allowed
    sink,            // the receiver of the body refused to go on
    local,           // out of descriptors or memory: never the gateway's fault
};

std::string_view name_of(Trouble trouble);

// Receives a body as it arrives. Called on the loop's thread, inside libcurl: must not block
// long, throw, or resume a coroutine. Returning false ends the transfer with Trouble::sink.
class Sink {
public:
    virtual ~Sink() = default;
    virtual bool head(int status, const Headers& headers) = 0;  // once, before the first byte
    virtual bool write(std::string_view bytes) = 0;
};

// The value of an Accept-Encoding header for all that is unpacked here. libcurl would print its own
// for each request.
std::string accepted_encodings();

// Request headers, prepared once (a lane shares one) because building libcurl's list costs
// more than a small request's JSON; a User-Agent comes with them. Holds the key: never print it.
class HeaderBlock {
public:
    explicit HeaderBlock(Headers fields);
    ~HeaderBlock();
    HeaderBlock(const HeaderBlock&) = delete;
    HeaderBlock& operator=(const HeaderBlock&) = delete;
    const Headers& fields() const { return fields_; }
    void* curl_list() const { return list_; }  // a curl_slist*, owned here

private:
    Headers fields_;
    void* list_ = nullptr;
};

struct Request {
    std::string method = "GET";  // GET or POST
    Url url;                     // judged by http/origin
    std::shared_ptr<const HeaderBlock> headers;
    std::string_view body;                   // borrowed until the reply is there
    std::size_t body_max_bytes = 64u << 20;  // decoded bytes of the reply, enforced as they arrive
    Duration timeout = std::chrono::seconds(600);  // whole exchange; zero: none
    Duration idle_timeout = {};                    // no byte for so long ends it; zero: none
    std::uint32_t low_speed_bytes_per_s = 0;       // with low_speed_time: the stall rule
    Duration low_speed_time = {};
    bool fresh_connection = false;  // HTTP/1.1, own connection: for POSTs that may not be repeated
    bool public_address_only = false;  // refuse private and loopback addresses after resolving
    Sink* sink = nullptr;              // borrowed until the reply is there; body stays empty then
    bool as_sent = false;  // the sink gets the bytes of the wire, not unpacked: Range counts those
};

struct Reply {
    int status = 0;   // 0: no status line arrived
    Headers headers;  // names in lower case; of the last response (no redirects are followed)
    std::string body;
    Trouble trouble = Trouble::none;
    std::string trouble_text;  // libcurl's words, without URL or key
    bool sent = false;         // the request was about to leave: no proof that it was not executed
    Instant sent_at = {};      // when the first byte of the request could leave
    std::uint64_t bytes_received = 0;

    // First value of a header (name in lower case), or "" when it is not there.
    std::string_view header(std::string_view name) const;
    bool ok() const { return trouble == Trouble::none && status >= 200 && status < 300; }
    bool packing_cut = false;  // with protocol: the packed body breaks off, the body is what came
};

}  // namespace nightshift::http
