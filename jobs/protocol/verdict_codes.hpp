// The tables of the classifier: what a code, a type, a vendor's number, a phrase, a status number
// means (wire contract 10.3-10.5). Data, looked up in the order that failure_of_error has.

#pragma once

#include "base/failure.hpp"
#include "http/message.hpp"

#include <optional>
#include <string_view>

namespace nightshift {

// A code or a type, in any case. Nothing when the tables do not know it.
std::optional<Kind> kind_of_code(std::string_view code);

// quota or credentials, for a code that speaks of an account, whoever's it is.
std::optional<Kind> account_kind_of(std::string_view code);

// None at all, a status number, or a word that says no more than that something is wrong.
bool is_vague_code(std::string_view code);

// MiniMax's numbers (wire contract 7).
Kind kind_of_minimax(std::string_view number);

// The last resort for a video that failed without a code; see also jobs/protocol/refusal_phrases.
bool says_content(std::string_view message);

// By the number alone; for 401, 402 and 403 see verdict.cpp.
Kind kind_of_status(int status);

// The gateway took the task, or may have, although it answers with this parsed code.
bool leaves_submit_unknown(std::string_view code);

// What lies below HTTP: kind and the word for Failure::code.
struct TroubleRow {
    Kind kind;
    std::string_view code;
};
TroubleRow row_of(http::Trouble trouble);

}  // namespace nightshift
