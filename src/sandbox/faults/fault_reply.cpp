// Bodies of injected statuses: wire contract 10.2 for the gateway's, examples nginx_504_html and
// cloudflare_524_html for a proxy's.
#include "sandbox/faults/fault_reply.hpp"

#include "sandbox/call/errors.hpp"

#include <fmt/format.h>

#include <utility>

namespace nightshift::sandbox {
namespace {

std::string upstream_words(int status) {
    switch (status) {
        case 429:
            return "Rate limit reached, please try again later";
        case 529:
            return "Overloaded";
        default:
            return std::string(reason_of(status));
    }
}

Reply proxy_page(int status) {
    const std::string title = fmt::format("{} {}", status, reason_of(status));
    Reply reply = bytes_reply(status, "text/html",
                              fmt::format("<html>\r\n<head><title>{0}</title></head>\r\n<body>\r\n"
                                          "<center><h1>{0}</h1></center>\r\n<hr><center>nginx"
                                          "</center>\r\n</body>\r\n</html>\r\n",
                                          title));
    reply.set_header("Server", "nginx");
    return reply;
}

Reply usual_reply(const Call& call, int status) {
    const Endpoint endpoint = call.route.endpoint;
    if (endpoint == Endpoint::results) return bytes_reply(status, "application/xml", "<Error/>");
    if (endpoint == Endpoint::content) {
        return short_error(status, "server_error", upstream_words(status));
    }
    if (endpoint == Endpoint::poll) {
        return flat_error({status, "get_channel_failed", upstream_words(status)});
    }
    if (endpoint == Endpoint::videos || endpoint == Endpoint::video_generations) {
        return flat_error({status, "fail_to_fetch_task", upstream_words(status)});
    }
    if (endpoint == Endpoint::models) {
        return middleware_error(call, {status, "", upstream_words(status)});
    }
    const bool limited = status == 429;
    const bool of_request = status >= 400 && status < 500 && status != 408 && status != 409;
    return upstream_error(call,
                          {status, limited ? "rate_limit_exceeded" : "", upstream_words(status)},
                          limited      ? "requests"
                          : of_request ? "invalid_request_error"
                                       : "server_error");
}

// {request_id} and {task_id} in an injected body stand for the call's own.
std::string filled(std::string body, const Call& call, const std::string& task_id) {
    const std::pair<std::string_view, std::string_view> blanks[] = {
        {"{request_id}", call.request_id}, {"{task_id}", task_id}};
    for (const auto& [blank, value] : blanks) {
        for (auto at = body.find(blank); at != std::string::npos;
             at = body.find(blank, at + value.size())) {
            body.replace(at, blank.size(), value);
        }
    }
    return body;
}

}  // namespace

void put_fault(Reply& reply, const Call& call, const Fault& fault) {
    if (fault.status && !fault.body) {
        Reply other =
            fault.gateway_headers ? usual_reply(call, *fault.status) : proxy_page(*fault.status);
        reply.headers = std::move(other.headers);
        reply.body = std::move(other.body);
        reply.frames.clear();
    }
    if (fault.body) {
        reply.headers.clear();
        reply.frames.clear();
        reply.body = filled(*fault.body, call, reply.remote_id);
        const bool object = reply.body.starts_with('{') || reply.body.starts_with('[');
        const char* type = object ? "application/json; charset=utf-8" : "text/html";
        if (!reply.body.empty()) reply.set_header("Content-Type", type);
    }
    if (fault.status) reply.status = *fault.status;
    if (fault.content_type) reply.set_header("Content-Type", *fault.content_type);
    for (const Header& header : fault.headers) reply.set_header(header.name, header.value);
    reply.gateway_headers = reply.gateway_headers && fault.gateway_headers;
}

}  // namespace nightshift::sandbox
