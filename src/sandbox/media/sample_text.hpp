// Made-up answers: their words, their tokens, and what a prompt asked for.
#pragma once

#include "sandbox/call/request.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace nightshift::sandbox {

// A rough tokenizer: one token for four Latin letters or for one letter of another script.
std::int64_t tokens_of(std::string_view text);

// The text of a message's `content`: a string, or the `text` of its parts.
std::string text_of_content(const Json& content);

// The text of the last message of a list with `content` (OpenAI, Anthropic) or `parts` (Gemini).
std::string last_prompt(const Json& messages);

// Everything a call sends to the model, for counting input tokens.
std::int64_t input_tokens_of(const Call& call);

// An answer to a prompt, in Chinese when the prompt has Chinese letters; a JSON object when the
// prompt or the call asks for JSON, and what the call's `expect` accepts where it has one.
std::string answer_to(const Call& call, std::string_view prompt);

// What a reasoning model thinks before it answers.
std::string reasoning_for(const Call& call, std::string_view prompt);

// The longest start of `text` of at most that many tokens.
std::string first_tokens(std::string_view text, std::int64_t tokens);

// Pieces of a few letters, never inside a UTF-8 sequence: the deltas of a stream.
std::vector<std::string> pieces_of(std::string_view text);

}  // namespace nightshift::sandbox
