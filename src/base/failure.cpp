#include "base/failure.hpp"

#include <array>
#include <utility>

namespace nightshift {
namespace {

constexpr std::array<std::pair<Kind, std::string_view>, 24> kind_names = {{
    {Kind::rate_limited, "rate_limited"},
    {Kind::overloaded, "overloaded"},
    {Kind::server_error, "server_error"},
    {Kind::network, "network"},
    {Kind::timeout, "timeout"},
    {Kind::bad_reply, "bad_reply"},
    {Kind::invalid_request, "invalid_request"},
    {Kind::content_rejected, "content_rejected"},
    {Kind::no_output, "no_output"},
    {Kind::truncated, "truncated"},
    {Kind::invalid_output, "invalid_output"},
    {Kind::model_unavailable, "model_unavailable"},
    {Kind::credentials, "credentials"},
    {Kind::quota, "quota"},
    {Kind::misconfigured, "misconfigured"},
    {Kind::ambiguous_submit, "ambiguous_submit"},
    {Kind::task_failed, "task_failed"},
    {Kind::task_cancelled, "task_cancelled"},
    {Kind::task_lost, "task_lost"},
    {Kind::task_deadline, "task_deadline"},
    {Kind::result_expired, "result_expired"},
    {Kind::unsafe_url, "unsafe_url"},
    {Kind::bad_media, "bad_media"},
    {Kind::local_io, "local_io"},
}};

}  // namespace

std::string_view name_of(Kind kind) {
    for (const auto& [each, name] : kind_names) {
        if (each == kind) return name;
    }
    return "bad_reply";
}

std::optional<Kind> kind_named(std::string_view name) {
    for (const auto& [kind, each] : kind_names) {
        if (each == name) return kind;
    }
    return std::nullopt;
}

bool is_retryable(Kind kind) {
    switch (kind) {
        case Kind::invalid_request:
        case Kind::content_rejected:
        case Kind::truncated:
        case Kind::unsafe_url:
            return false;
        default:
            return true;
    }
}

}  // namespace nightshift
