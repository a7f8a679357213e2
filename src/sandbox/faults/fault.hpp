// What one fault rule does to one call. The file format is schemas/sandbox_faults.json; this is its
// image in memory, with the same names.

#pragma once

#include "sandbox/call/json.hpp"
#include "sandbox/call/request.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace nightshift::sandbox {

// How a connection ends, or does not.
enum class Cut {
    none,
    reset_before_body,  // TCP RST once the request's head is read
    reset_after_body,   // TCP RST once the whole request is read
    close_after_body,   // FIN instead of a reply
    partial_status,     // `HTTP/1.1 2`, then FIN
    stall,              // the whole request is read, nothing ever comes
    reset_mid_reply,    // `at` body bytes, then RST
    close_mid_reply,    // `at` body bytes, then FIN
    stall_mid_reply,    // `at` body bytes, then nothing
};

// The life of a video task that a rule made.
struct TaskScript {
    std::vector<std::string> statuses;  // one more at each poll, the last one stays
    std::optional<std::string> fail_reason;
    std::optional<std::string> error_code;
    std::optional<std::string> result_url;         // "none", "reason", or the text itself
    std::optional<double> render_seconds;          // before `speed`
    std::optional<std::int64_t> lost_after_polls;  // from then on task_not_exist
    bool stuck = false;                            // never gets past IN_PROGRESS
};

// What goes wrong with a result link.
struct ResultFault {
    std::optional<double> expire_after_seconds;        // since the link was given out
    std::optional<std::int64_t> expire_after_fetches;  // of one link
    bool ignore_range = false;                         // 200 with everything
    bool ignore_if_range = false;                      // 206 though the ETag differs
    bool other_object = false;  // the bytes of another clip, under its own ETag
    bool change_etag = false;   // another ETag at each fetch
    std::string redirect;       // 302 to this URL
    std::string replace;        // "html", "json", "empty" or "short"
};

struct Fault {
    double delay_seconds = 0;  // before the reply, before `speed`
    std::optional<int> status;
    std::optional<std::string> body;
    std::optional<std::string> content_type;
    Headers headers;              // added or replaced
    bool gateway_headers = true;  // false: the reply of a proxy
    std::string form;             // another shape of a good reply, per endpoint
    Cut cut = Cut::none;
    std::optional<std::size_t> at;     // body bytes before the cut; absent: half
    bool chunked = false;              // cut a chunked body, not one with a Content-Length
    std::size_t bytes_per_second = 0;  // 0: as fast as it goes
    std::optional<bool> executed;      // whether the work is done; absent: see `executes`
    std::optional<TaskScript> task;
    ResultFault result;

    // True when the rule lets the work be done: it has neither a status nor a body of its own and
    // no cut before the request was read, unless `executed` says otherwise.
    bool executes() const {
        if (executed) return *executed;
        return !status && !body && cut != Cut::reset_before_body;
    }
};

TaskScript script_of(const Json& object);  // of members already checked
Json json_of(const TaskScript& script);

}  // namespace nightshift::sandbox
