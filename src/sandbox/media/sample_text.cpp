// Sentences drawn from call.roll.
#include "sandbox/media/sample_text.hpp"

#include "sandbox/media/sample_json.hpp"
#include "sandbox/media/schema_instance.hpp"
#include "sandbox/media/seeded_random.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace nightshift::sandbox {
namespace {

constexpr std::array<std::string_view, 10> english{
    "The short answer is yes, with care.",
    "Start small and measure before you change anything.",
    "Three things matter here: order, patience & a good lamp.",
    "Most of the work is done while nobody is looking.",
    "A list would help, but one sentence will do.",
    "The numbers add up when you count them twice.",
    "Keep what works and write down why it does.",
    "It depends on the light, and the light depends on the hour.",
    "If a < b then b > a; the rest follows from that.",
    "Nothing is lost that can be asked for again.",
};
constexpr std::array<std::string_view, 8> chinese{
    "简单地说，可以。",
    "先从小处开始，再慢慢扩大。",
    "关键在于顺序、耐心和一盏好灯。",
    "大部分工作都在夜里完成。",
    "把有效的做法留下来，并写明原因。",
    "数字要数两遍才放心。",
    "答案取决于光线，而光线取决于时辰。",
    "能再问一次的，就不算丢失。",
};

bool is_start(char letter) {  // of a UTF-8 sequence
    return (static_cast<unsigned char>(letter) & 0xC0U) != 0x80U;
}

std::size_t letter_size(std::string_view text, std::size_t at) {
    std::size_t size = 1;
    while (at + size < text.size() && !is_start(text[at + size])) ++size;
    return size;
}

bool has_chinese(std::string_view text) {
    return std::any_of(text.begin(), text.end(),
                       [](char letter) { return static_cast<unsigned char>(letter) >= 0xE3; });
}

bool asks_for_json(const Call& call, std::string_view prompt) {
    const std::string type = text_at(value_at(call.json, "response_format"), "type");
    const Json& google = value_at(call.json, "generationConfig");
    return type.starts_with("json") || prompt.find("JSON") != std::string_view::npos ||
           text_at(google, "responseMimeType") == "application/json";
}

const Json& schema_asked(const Call& call) {
    const Json& openai =
        value_at(value_at(value_at(call.json, "response_format"), "json_schema"), "schema");
    return openai.is_null() ? value_at(value_at(call.json, "generationConfig"), "responseSchema")
                            : openai;
}

}  // namespace

std::int64_t tokens_of(std::string_view text) {
    std::int64_t quarters = 0;
    for (const char letter : text) {
        if (is_start(letter)) quarters += static_cast<unsigned char>(letter) < 0x80 ? 1 : 4;
    }
    return (quarters + 3) / 4;
}

std::string text_of_content(const Json& content) {
    if (content.is_string()) return content.get<std::string>();
    std::string text;
    if (!content.is_array()) return text;
    for (const Json& part : content) text += text_at(part, "text");
    return text;
}

std::string last_prompt(const Json& messages) {
    if (!messages.is_array() || messages.empty()) return {};
    const Json& last = messages.back();
    const Json& parts = value_at(last, "parts");
    return text_of_content(parts.is_array() ? parts : value_at(last, "content"));
}

std::int64_t input_tokens_of(const Call& call) {
    std::int64_t tokens = 3 + tokens_of(text_of_content(value_at(call.json, "system")));
    for (const char* list : {"messages", "contents"}) {
        for (const Json& message : value_at(call.json, list)) {
            const Json& parts = value_at(message, "parts");
            const Json& content = parts.is_array() ? parts : value_at(message, "content");
            tokens += 4 + tokens_of(text_of_content(content));
        }
    }
    tokens += tokens_of(text_at(call.json, "prompt")) + tokens_of(text_at(call.json, "input"));
    return tokens;
}

std::string answer_to(const Call& call, std::string_view prompt) {
    if (call.expect.is_object()) {
        static const Json small = {
            {"type", "object"},
            {"properties", {{"answer", {{"type", "string"}}}, {"score", {{"type", "integer"}}}}}};
        const Json& schema = value_at(call.expect, "json_schema");
        return plain_json(
            schema_instance(schema.is_null() ? small : schema, mix(0, call.body_sha256)));
    }
    if (asks_for_json(call, prompt)) {
        return plain_json(sample_json(schema_asked(call), call.roll));
    }
    Dice dice(mix(call.roll, "answer"));
    const bool zh = has_chinese(prompt);
    const std::string start = first_tokens(prompt, 24);
    std::string text = zh ? fmt::format("关于“{}”：", start) : fmt::format("On \"{}\": ", start);
    const unsigned sentences = 1 + dice.below(4);
    for (unsigned i = 0; i < sentences; ++i) {
        text += zh ? chinese[dice.below(chinese.size())] : english[dice.below(english.size())];
        if (!zh && i + 1 < sentences) text += ' ';
    }
    return text;
}

std::string reasoning_for(const Call& call, std::string_view prompt) {
    Dice dice(mix(call.roll, "reasoning"));
    if (has_chinese(prompt)) {
        return fmt::format("用户在问{}。{}", first_tokens(prompt, 12),
                           chinese[dice.below(chinese.size())]);
    }
    return fmt::format("The user asks about \"{}\". {}", first_tokens(prompt, 12),
                       english[dice.below(english.size())]);
}

std::string first_tokens(std::string_view text, std::int64_t tokens) {
    std::size_t at = 0;
    std::int64_t quarters = 0;
    while (at < text.size()) {
        quarters += static_cast<unsigned char>(text[at]) < 0x80 ? 1 : 4;
        if (quarters > tokens * 4) break;
        at += letter_size(text, at);
    }
    return std::string(text.substr(0, at));
}

std::vector<std::string> pieces_of(std::string_view text) {
    std::vector<std::string> pieces;
    std::string piece;
    for (std::size_t at = 0; at < text.size();) {
        const std::size_t size = letter_size(text, at);
        piece += text.substr(at, size);
        at += size;
        if (piece.size() < 18) continue;
        pieces.push_back(std::move(piece));
        piece.clear();
    }
    if (!piece.empty()) pieces.push_back(std::move(piece));
    return pieces;
}

}  // namespace nightshift::sandbox
