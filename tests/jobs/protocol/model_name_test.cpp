#include "jobs/protocol/model_name.hpp"

#include <doctest/doctest.h>

using nightshift::jobs::other_model;

TEST_CASE("a reply names the model that was asked for in many spellings") {
    struct Row {
        const char *asked, *named;
    };
    const Row same[] = {
        {"gpt-5.4", ""},
        {"gpt-5.4", "gpt-5.4"},
        {"gpt-5.4", "GPT-5.4"},
        {"gpt-5.4", "openai/gpt-5.4"},
        {"MiniMax/speech-2.8-turbo", "speech-2.8-turbo"},
        {"gpt-5.4", "gpt-5.4-2026-03-05"},
        {"claude-sonnet-4-6", "claude-sonnet-4-6-20260217"},
        {"claude-sonnet-4-6", "anthropic/Claude-Sonnet-4-6@20260217"},
        {"claude-sonnet-4-6-20260217", "claude-sonnet-4-6"},
        {"gpt-4", "gpt-4-0613"},
        {"gemini-3.5-flash", "models/gemini-3.5-flash-001"},
        {"doubao-seed-1-6", "doubao-seed-1-6-250615"},
        {"mistral-small", "mistral-small-latest"},
    };
    for (const auto& row : same) {
        CAPTURE(row.named);
        CHECK_FALSE(other_model(row.asked, row.named));
    }
}

TEST_CASE("another model is told by the name that the reply has for it") {
    struct Row {
        const char *asked, *named;
    };
    const Row other[] = {
        {"gpt-5.4", "gpt-4o-mini"},
        {"gpt-5.4", "gpt-5.4-mini"},
        {"gpt-5.4-mini", "gpt-5.4"},
        {"gpt-5", "gpt-5-4"},
        {"claude-sonnet-4", "claude-sonnet-4-6"},
        {"gpt-5.4-2026-03-05", "gpt-5.4-2026-09-01"},
        {"DeepSeek-V4-Pro", "deepseek-ai/DeepSeek-V4-Flash"},
    };
    for (const auto& row : other) {
        CAPTURE(row.named);
        CHECK(other_model(row.asked, row.named) == row.named);
    }
    CHECK(other_model("a", "b\xFF") == "b\xEF\xBF\xBD");
}
