#include "jobs/generate_content_reply.hpp"

#include "core/glob.hpp"
#include "jobs/media_places.hpp"

#include <algorithm>
#include <array>
#include <string>
#include <utility>

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

using Texts = std::vector<std::string_view>;

void add_image(Image image, ContentAnswer& answer) {
    const bool again = !image.url.empty() &&
                       std::any_of(answer.images.begin(), answer.images.end(),
                                   [&image](const Image& known) { return known.url == image.url; });
    if (!again) answer.images.push_back(std::move(image));
}

std::ptrdiff_t whole_images(const std::vector<ImageText>& found) {
    std::ptrdiff_t count = 0;
    for (const auto& each : found) {
        count += std::count_if(each.images.begin(), each.images.end(), is_whole);
    }
    return count;
}

// Text parts in a row are read one by one, and as one text where only that makes an image whole:
// some gateways divide its base64.
void take_texts(const Texts& texts, ContentAnswer& answer) {
    std::vector<ImageText> found;
    std::string joined;
    for (const auto text : texts) found.push_back(images_in(text));
    const bool all_whole = std::all_of(found.begin(), found.end(), [](const ImageText& each) {
        return !each.images.empty() &&
               std::all_of(each.images.begin(), each.images.end(), is_whole);
    });
    if (texts.size() > 1 && !all_whole) {
        for (const auto text : texts) joined += text;
        std::vector<ImageText> as_one = {images_in(joined)};
        if (whole_images(as_one) > whole_images(found)) found = std::move(as_one);
    }
    for (auto& each : found) {
        append(answer.text, each.caption, "\n");
        for (auto& image : each.images) add_image(std::move(image), answer);
    }
}

// `texts`: those that wait for what follows them.
void take_part(JsonElement part, bool images, Texts& texts, ContentAnswer& answer) {
    const auto text = string_at(part, "text");
    if (is_true_at(part, "thought")) {
        append(answer.reasoning, text, "\n\n");
        return;
    }
    const auto items = image_items(part);
    if (!items.empty()) take_texts(std::exchange(texts, {}), answer);
    for (const auto& item : items) add_image(image_of(item), answer);
    if (find_value(part, "functionCall")) answer.tool_calls = true;
    if (!images) {
        answer.text += text;
    } else if (!text.empty()) {
        texts.push_back(text);
    }
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
        Texts texts;
        for (const auto part : array_at(candidate, "content.parts")) {
            take_part(part, images, texts, answer);
        }
        take_texts(texts, answer);
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
