// What the three text protocols share: when an answer is one, and how its end is judged.

#pragma once

#include "jobs/job.hpp"
#include "jobs/json_reply.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace nightshift::jobs {

// How the model came to stop, whatever word its protocol has for it.
enum class Ending {
    whole,       // at its own end, or by a word nobody documented
    cut,         // a token limit
    refused,     // a safety rule
    overloaded,  // the provider broke off
    broken,      // the provider failed
};

struct TextAnswer {
    std::string text;
    std::string reasoning;
    std::optional<std::string> finish_reason;
    Ending ending = Ending::whole;
    bool tool_calls = false;
    Usage usage;
};

// The outcome of an answer. Throws FailedAnswer for what is none: truncated (nothing before the
// limit), content_rejected, overloaded, server_error, no_output; and bad_reply of unknown outcome
// when there is neither text nor a reason to stop. `operation` opens the message, `reply` is kept.
Outcome outcome_of(TextAnswer answer, std::string_view operation, std::string reply);

// Adds `more` to `text`, with `between` when both have something.
void append(std::string& text, std::string_view more, std::string_view between = "");

bool is_blank(std::string_view text);
// Without white space at either end.
std::string_view trimmed(std::string_view text);

// Of a reply that was answered, known and billed, and still is no result.
Failure known_failure(Kind kind, std::string_view code, std::string message);
// For replies that leave open what was done.
[[noreturn]] void fail_unknown(std::string_view code, std::string message);

}  // namespace nightshift::jobs
