#include "jobs/protocol/text_reply.hpp"

#include "base/text/terminal_text.hpp"
#include "jobs/protocol/note_keys.hpp"

#include <fmt/format.h>

namespace nightshift::jobs {
namespace {

// Why it is no result, or nothing.
std::optional<Failure> failure_of(const TextAnswer& answer, std::string_view operation) {
    const auto word = term_safe(answer.finish_reason.value_or(""), 60);
    auto known = [&](Kind kind, std::string_view code, std::string_view what) {
        return known_failure(kind, code, fmt::format("{}: {}", operation, what));
    };
    switch (answer.ending) {
        case Ending::refused:
            return known(Kind::content_rejected, word, "the model refused: " + word);
        case Ending::overloaded:
            return known(Kind::overloaded, word, "the provider broke off: " + word);
        case Ending::broken:
            return known(Kind::server_error, word, "the provider failed: " + word);
        case Ending::cut:
        case Ending::whole:
            break;
    }
    if (!is_blank(answer.text) || answer.tool_calls) return std::nullopt;
    if (answer.ending == Ending::cut) {
        return known(Kind::truncated, word,
                     "the token limit was reached before any answer; raise max_tokens");
    }
    if (!word.empty()) {
        return known(Kind::no_output, "empty_answer", "the answer is empty (" + word + ")");
    }
    auto failure = known(Kind::bad_reply, "no_answer", "the reply has neither text nor an end");
    failure.billing = Billing::unknown;
    return failure;
}

}  // namespace

Outcome outcome_of(TextAnswer answer, std::string_view operation, std::string reply) {
    auto failure = failure_of(answer, operation);
    Outcome outcome;
    if (!is_blank(answer.text)) outcome.text = std::move(answer.text);
    if (!answer.reasoning.empty()) outcome.reasoning = std::move(answer.reasoning);
    if (answer.ending == Ending::cut) outcome.flags.emplace_back("truncated");
    if (answer.tool_calls) outcome.flags.emplace_back("tool_calls");
    outcome.finish_reason = std::move(answer.finish_reason);
    outcome.model = std::move(answer.model);
    outcome.usage = answer.usage;
    outcome.reply = std::move(reply);
    if (failure) throw FailedAnswer(std::move(*failure), std::move(outcome));
    return outcome;
}

void append(std::string& text, std::string_view more, std::string_view between) {
    if (!text.empty() && !more.empty()) text += between;
    text += more;
}

std::string text_of(JsonElement content) {
    if (content.is_string()) return std::string(string_at(content, ""));
    std::string text;
    for (const auto part : array_at(content, "")) text += text_of(part);
    if (!content.is_object()) return text;
    const auto type = string_at(content, "type");
    if (!type.empty() && !type.ends_with("text")) return {};
    const auto inner = find_value(content, "text");
    if (inner && inner->is_string()) return std::string(string_at(*inner, ""));
    return std::string(string_at(content, "text.value"));
}

std::string text_at(JsonElement from, std::string_view path) {
    const auto found = find_value(from, path);
    return found ? text_of(*found) : std::string();
}

void note_finish(TextAnswer& answer, std::string_view word) {
    if (word.empty()) return;
    answer.finish_reason = word;
    answer.ending = ending_of(word);
}

std::optional<std::string> model_at(JsonElement root, std::string_view path) {
    const auto name = string_at(root, path);
    return name.empty() ? std::nullopt : std::optional<std::string>(name);
}

bool is_blank(std::string_view text) {
    return text.find_first_not_of(" \t\r\n") == std::string_view::npos;
}

std::string_view trimmed(std::string_view text) {
    const auto begin = text.find_first_not_of(" \t\r\n");
    if (begin == std::string_view::npos) return {};
    return text.substr(begin, text.find_last_not_of(" \t\r\n") + 1 - begin);
}

Failure known_failure(Kind kind, std::string_view code, std::string message) {
    return {.kind = kind,
            .code = std::string(code),
            .message = std::move(message),
            .billing = Billing::known,
            .http_status = 200};
}

void fail_unknown(std::string_view code, std::string message) {
    throw Failed({.kind = Kind::bad_reply,
                  .code = std::string(code),
                  .message = std::move(message),
                  .billing = Billing::unknown,
                  .http_status = 200});
}

}  // namespace nightshift::jobs
