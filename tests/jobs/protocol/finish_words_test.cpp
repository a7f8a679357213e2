#include "jobs/protocol/finish_words.hpp"

#include <doctest/doctest.h>

using namespace nightshift::jobs;

TEST_CASE("a word means the same in any letter case, with hyphens, underscores or blanks") {
    for (const auto* word : {"max_tokens", "MAX_TOKENS", "max-tokens", "MaxTokens", "Max Tokens",
                             "FinishReason.MAX_TOKENS", "length", "LENGTH", "model_length",
                             "max_output_tokens", "model_context_window_exceeded"}) {
        CAPTURE(word);
        CHECK(ending_of(word) == Ending::cut);
    }
    for (const auto* word :
         {"content_filter", "content-filter", "CONTENT_FILTERED", "SAFETY", "PROHIBITED_CONTENT",
          "refusal", "sensitive", "ERROR_TOXIC", "guardrail_intervened", "IMAGE_SAFETY"}) {
        CAPTURE(word);
        CHECK(ending_of(word) == Ending::refused);
    }
    for (const auto* word : {"error", "abort", "cancelled", "canceled", "network_error", "OTHER",
                             "MALFORMED_FUNCTION_CALL", "timeout"}) {
        CAPTURE(word);
        CHECK(ending_of(word) == Ending::broken);
    }
    CHECK(ending_of("insufficient_system_resource") == Ending::overloaded);
}

TEST_CASE("a word that says nothing bad leaves the answer whole") {
    for (const auto* word : {"", "stop", "STOP", "end_turn", "eos", "stop_sequence", "tool_calls",
                             "tool_use", "COMPLETE", "FINISH_REASON_UNSPECIFIED", "length_ok"}) {
        CAPTURE(word);
        CHECK(ending_of(word) == Ending::whole);
    }
}
