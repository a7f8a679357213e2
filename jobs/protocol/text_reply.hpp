// What the three text protocols share: when an answer is one, and how its end is judged.

#pragma once

#include "jobs/protocol/finish_words.hpp"
#include "jobs/protocol/job.hpp"
#include "jobs/protocol/json_reply.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace nightshift::jobs {

struct TextAnswer {
    std::string text;
    std::string reasoning;
    std::optional<std::string> finish_reason;
    std::optional<std::string> model;
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

// The text of a message's content: a string, or what its parts say; those that think or refer do
// not. "" for anything else.
std::string text_of(JsonElement content);
// The same there, "" when nothing is.
std::string text_at(JsonElement from, std::string_view path);

// Puts the word into the answer, and what it means.
void note_finish(TextAnswer& answer, std::string_view word);
// The model's name there, or nothing.
std::optional<std::string> model_at(JsonElement root, std::string_view path);

bool is_blank(std::string_view text);
// Without white space at either end.
std::string_view trimmed(std::string_view text);

// Of a reply that was answered, known and billed, and still is no result.
Failure known_failure(Kind kind, std::string_view code, std::string message);
// For replies that leave open what was done.
[[noreturn]] void fail_unknown(std::string_view code, std::string message);

}  // namespace nightshift::jobs
