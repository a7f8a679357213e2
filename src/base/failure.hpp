// Why something did not succeed, in the closed list of kinds that users see (contract section 5).

#pragma once

#include "base/text/told_time.hpp"

#include <boost/system/result.hpp>

#include <exception>
#include <optional>
#include <string>
#include <string_view>

namespace nightshift {

enum class Kind {
    rate_limited,
    overloaded,
    server_error,
    network,
    timeout,
    bad_reply,
    invalid_request,
    content_rejected,
    no_output,
    truncated,
    invalid_output,
    model_unavailable,
    credentials,
    quota,
    misconfigured,
    ambiguous_submit,
    task_failed,
    task_cancelled,
    task_lost,
    task_deadline,
    result_expired,
    unsafe_url,
    bad_media,
    local_io,
};

std::string_view name_of(Kind kind);
std::optional<Kind> kind_named(std::string_view name);

// True when `nightshift retry` of a task that ended so can help without changing the task.
bool is_retryable(Kind kind);

// What is known about money when an attempt ends.
enum class Billing {
    none,     // proof that nothing was executed
    known,    // executed and answered
    unknown,  // sent, and no proof of either: counts in maybe_billed
};

struct Failure {
    Kind kind = Kind::bad_reply;
    std::string code;     // the gateway's own code or the cause; may be empty
    std::string message;  // "<operation> <object>: <cause>"; never a key, never a prompt
    Billing billing = Billing::none;
    int http_status = 0;                       // 0: no reply
    std::optional<double> retry_after_s = {};  // the gateway's wish, already clamped
    std::optional<ToldTime> told = {};         // ... as its error object has it
    bool told_in_words = false;                // ... which only its message says
    // misconfigured: this gateway does not serve the task's endpoint, though it may serve others.
    bool endpoint_only = false;
};

// Ends one attempt. Thrown by job code and below, caught once, in engine/runner.
class Failed : public std::exception {
public:
    explicit Failed(Failure failure) : failure_(std::move(failure)) {}
    const Failure& failure() const { return failure_; }
    const char* what() const noexcept override { return failure_.message.c_str(); }

private:
    Failure failure_;
};

// The run cannot go on: local storage failed (exit 7).
class StorageError : public std::exception {
public:
    explicit StorageError(std::string text) : text_(std::move(text)) {}
    const char* what() const noexcept override { return text_.c_str(); }

private:
    std::string text_;
};

// Bad usage, configuration or manifest: nothing was sent (exit 2).
class UsageError : public std::exception {
public:
    explicit UsageError(std::string text) : text_(std::move(text)) {}
    const char* what() const noexcept override { return text_.c_str(); }

private:
    std::string text_;
};

// A value, or the failure that the direct caller must act on. `.value()` throws Failed.
template <class T>
using Result = boost::system::result<T, Failure>;

// Found by argument-dependent lookup from boost::system::result.
[[noreturn]] inline void throw_exception_from_error(const Failure& failure,
                                                    const boost::source_location&) {
    throw Failed(failure);
}

}  // namespace nightshift
