#include "jobs/text_reply.hpp"

#include "core/term_safe.hpp"

#include <fmt/format.h>

namespace nightshift::jobs {
namespace {

void throw_if_no_answer(const TextAnswer& answer, std::string_view operation) {
    const auto word = term_safe(answer.finish_reason.value_or(""), 60);
    auto say = [&](std::string_view what) { return fmt::format("{}: {}", operation, what); };
    switch (answer.ending) {
        case Ending::refused:
            fail_known(Kind::content_rejected, word, say("the model refused: " + word));
        case Ending::overloaded:
            fail_known(Kind::overloaded, word, say("the provider broke off: " + word));
        case Ending::broken:
            fail_known(Kind::server_error, word, say("the provider failed: " + word));
        case Ending::cut:
        case Ending::whole:
            break;
    }
    if (!is_blank(answer.text) || answer.tool_calls) return;
    if (answer.ending == Ending::cut) {
        fail_known(Kind::truncated, word,
                   say("the token limit was reached before any answer; raise max_tokens"));
    }
    if (word.empty()) fail_unknown("no_answer", say("the reply has neither text nor an end"));
    fail_known(Kind::no_output, "empty_answer", say("the answer is empty (" + word + ")"));
}

}  // namespace

Outcome outcome_of(TextAnswer answer, std::string_view operation, std::string reply) {
    throw_if_no_answer(answer, operation);
    Outcome outcome;
    if (!is_blank(answer.text)) outcome.text = std::move(answer.text);
    if (!answer.reasoning.empty()) outcome.reasoning = std::move(answer.reasoning);
    if (answer.ending == Ending::cut) outcome.flags.emplace_back("truncated");
    if (answer.tool_calls) outcome.flags.emplace_back("tool_calls");
    outcome.finish_reason = std::move(answer.finish_reason);
    outcome.usage = answer.usage;
    outcome.reply = std::move(reply);
    return outcome;
}

void append(std::string& text, std::string_view more, std::string_view between) {
    if (!text.empty() && !more.empty()) text += between;
    text += more;
}

bool is_blank(std::string_view text) {
    return text.find_first_not_of(" \t\r\n") == std::string_view::npos;
}

void fail_known(Kind kind, std::string_view code, std::string message) {
    throw Failed({.kind = kind,
                  .code = std::string(code),
                  .message = std::move(message),
                  .billing = Billing::known,
                  .http_status = 200});
}

void fail_unknown(std::string_view code, std::string message) {
    throw Failed({.kind = Kind::bad_reply,
                  .code = std::string(code),
                  .message = std::move(message),
                  .billing = Billing::unknown,
                  .http_status = 200});
}

}  // namespace nightshift::jobs
