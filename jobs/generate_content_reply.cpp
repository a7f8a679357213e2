#include "jobs/generate_content_reply.hpp"

#include "core/glob.hpp"
#include "jobs/media_places.hpp"

#include <algorithm>
#include <array>
#include <iterator>

namespace nightshift::jobs {
namespace {

constexpr std::array<std::string_view, 9> refusals = {"SAFETY",
                                                      "RECITATION",
                                                      "LANGUAGE",
                                                      "BLOCKLIST",
                                                      "PROHIBITED_CONTENT",
                                                      "SPII",
                                                      "IMAGE_SAFETY",
                                                      "IMAGE_PROHIBITED_CONTENT",
                                                      "IMAGE_RECITATION"};

void take_part(JsonElement part, bool images, ContentAnswer& answer) {
    const auto text = string_at(part, "text");
    if (is_true_at(part, "thought")) {
        append(answer.reasoning, text, "\n\n");
        return;
    }
    for (const auto& item : image_items(part)) answer.images.push_back(image_of(item));
    if (find_value(part, "functionCall")) answer.tool_calls = true;
    if (!images) {
        answer.text += text;
        return;
    }
    auto found = images_in(text);
    append(answer.text, found.caption, "\n");
    std::move(found.images.begin(), found.images.end(), std::back_inserter(answer.images));
}

}  // namespace

// Thoughts count after the answer on native channels; converted ones already include them.
Usage usage_of_content(JsonElement root) {
    const auto counts = find_value(root, "usageMetadata");
    if (!counts) return {};
    auto number = [&counts](std::string_view name) { return integer_at(*counts, name); };
    Usage usage;
    usage.input_tokens = number("promptTokenCount");
    usage.output_tokens = number("candidatesTokenCount");
    usage.reasoning_tokens = number("thoughtsTokenCount");
    usage.cached_tokens = number("cachedContentTokenCount");
    const auto answer = usage.output_tokens.value_or(0);
    const auto thoughts = usage.reasoning_tokens.value_or(0);
    const auto total = number("totalTokenCount").value_or(0);
    if (thoughts > 0 && total >= usage.input_tokens.value_or(0) + answer + thoughts) {
        usage.output_tokens = answer + thoughts;
    }
    return usage;
}

bool asks_for_images(const Task& task) {
    const auto body = Json::parse(task.body);
    if (!body) return false;
    auto asked = find_value(body->root(), "generationConfig.responseModalities");
    if (!asked) asked = find_value(body->root(), "generation_config.response_modalities");
    if (!asked) return glob_matches("gemini-*image*", task.model);
    for (const auto each : array_at(*asked, "")) {
        const auto word = string_at(each, "");
        if (word == "IMAGE" || word == "image" || word == "Image") return true;
    }
    return false;
}

ContentAnswer answer_of_content(JsonElement root, bool images) {
    ContentAnswer answer;
    for (const auto candidate : array_at(root, "candidates")) {
        for (const auto part : array_at(candidate, "content.parts")) {
            take_part(part, images, answer);
        }
        if (!images) break;  // a second text is another answer, not more of the first
    }
    auto reason = string_at(root, "candidates.0.finishReason");
    const auto block_reason = string_at(root, "promptFeedback.blockReason");
    const bool blocked = reason.empty() && !block_reason.empty();  // in the middle of the answer
    if (blocked) reason = block_reason;
    if (!reason.empty()) answer.finish_reason = reason;
    if (reason == "MAX_TOKENS") answer.ending = Ending::cut;
    const auto refusal = std::find(refusals.begin(), refusals.end(), reason);
    if (blocked || refusal != refusals.end()) answer.ending = Ending::refused;
    answer.usage = usage_of_content(root);
    return answer;
}

}  // namespace nightshift::jobs
