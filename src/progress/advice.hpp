// What became of tasks that did not succeed, in words, and the command that deals with them. Pure.

#pragma once

#include "storage/store.hpp"

#include <string>

namespace nightshift::screen {

// Kind and what else is known: "ambiguous_submit (timeout)".
std::string kind_text(const TroubleGroup& trouble);
// The error's message, safe to print, at most so many bytes; "" when there is none.
std::string message_of(const TroubleGroup& trouble, std::size_t most_bytes);
// True when the same task, sent again as it is and soon, may come to something else.
bool retry_helps(const TroubleGroup& trouble);
// A command line for a shell.
std::string command_for(const TroubleGroup& trouble, const std::string& dir);
// What to know before it is run, or "".
std::string remark_on(const TroubleGroup& trouble);

}  // namespace nightshift::screen
