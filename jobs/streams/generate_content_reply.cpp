#include "jobs/streams/generate_content_reply.hpp"

#include "base/text/glob.hpp"
#include "jobs/media/media_places.hpp"
#include "jobs/protocol/token_usage.hpp"

#include <algorithm>
#include <string>
#include <utility>

namespace nightshift::jobs {
namespace {

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

Usage usage_of_content(JsonElement root) {
    const auto counts = find_value(root, "usageMetadata");
    return counts ? usage_in(*counts, CacheCounts::within_input) : Usage{};
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
    note_finish(answer, string_at(root, "candidates.0.finishReason"));
    const auto block_reason = string_at(root, "promptFeedback.blockReason");
    if (!answer.finish_reason && !block_reason.empty()) {  // in the middle of the answer
        answer.finish_reason = block_reason;
        answer.ending = Ending::refused;
    }
    answer.model = model_at(root, "modelVersion");
    answer.usage = usage_of_content(root);
    return answer;
}

}  // namespace nightshift::jobs
