// What a Gemini reply says (wire contract 5.3, 5.4), and whether a task asks for images.

#pragma once

#include "jobs/media/image_finder.hpp"
#include "jobs/protocol/json_reply.hpp"
#include "jobs/protocol/text_reply.hpp"

#include <string_view>
#include <vector>

namespace nightshift::jobs {

// By `responseModalities` of the body; without them by the model's name.
bool asks_for_images(const Task& task);

// With `images` every part of every candidate is searched for images and the text is what is left
// as caption; without, the text is the first candidate's, untouched.
struct ContentAnswer : TextAnswer {
    std::vector<Image> images;
};
ContentAnswer answer_of_content(JsonElement root, bool images);

// Also of a reply without an answer.
Usage usage_of_content(JsonElement root);

}  // namespace nightshift::jobs
