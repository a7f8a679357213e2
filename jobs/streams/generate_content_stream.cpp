#include "jobs/streams/generate_content_stream.hpp"

#include "jobs/protocol/json_reply.hpp"
#include "jobs/protocol/token_usage.hpp"
#include "jobs/streams/stream_reply.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>

namespace nightshift::jobs {
namespace {

struct Candidate {
    std::string parts;  // JSON, separated by commas
    std::string text;   // of plain text parts in a row, not yet in `parts`
    std::string finish_reason;
};

struct Content {
    std::map<std::int64_t, Candidate> candidates;
    std::string block_reason, feedback = "null", usage = "null", model, id;
};

void add_part(Candidate& candidate, const std::string& part) {
    if (!candidate.parts.empty()) candidate.parts += ',';
    candidate.parts += part;
}

void flush_text(Candidate& candidate) {
    if (candidate.text.empty()) return;
    add_part(candidate, fmt::format(R"({{"text":{}}})", json_string(candidate.text)));
    candidate.text.clear();
}

// Pieces of one text are joined, for an image may be spread over them.
void take_part(Candidate& candidate, JsonElement part) {
    simdjson::dom::object object;
    if (part.get(object)) return;
    if (object.size() == 1 && !string_at(part, "text").empty()) {
        candidate.text += string_at(part, "text");
        return;
    }
    flush_text(candidate);
    add_part(candidate, json_of(part));
}

void take_frame(Content& content, JsonElement frame) {
    for (const auto piece : array_at(frame, "candidates")) {
        auto& candidate = content.candidates[integer_at(piece, "index").value_or(0)];
        for (const auto part : array_at(piece, "content.parts")) take_part(candidate, part);
        const auto reason = string_at(piece, "finishReason");
        if (!reason.empty()) candidate.finish_reason = reason;
    }
    if (const auto feedback = find_value(frame, "promptFeedback")) {
        content.feedback = json_of(*feedback);
        content.block_reason = string_at(*feedback, "blockReason");
    }
    if (const auto usage = find_value(frame, "usageMetadata")) {
        content.usage = merged_usage(content.usage, *usage);
    }
    if (content.model.empty()) content.model = string_at(frame, "modelVersion");
    if (content.id.empty()) content.id = string_at(frame, "responseId");
}

StreamEnd take_frames(Content& content, std::string_view body) {
    auto take = [&content](JsonElement frame) { take_frame(content, frame); };
    const auto meat = meat_of(body);
    return meat.starts_with('[') ? read_frame_array(meat, take) : read_frames(body, take);
}

std::string json_of_candidate(std::int64_t index, Candidate& candidate) {
    flush_text(candidate);
    return fmt::format(R"({{"content":{{"parts":[{}],"role":"model"}},"finishReason":{},)"
                       R"("index":{}}})",
                       candidate.parts, json_string(candidate.finish_reason), index);
}

}  // namespace

std::string content_of_stream(std::string_view body, std::string_view operation) {
    Content content;
    const auto end = take_frames(content, body);
    auto& all = content.candidates;
    const bool finished = std::all_of(all.begin(), all.end(), [](const auto& each) {
        return !each.second.finish_reason.empty();
    });
    require_complete(!content.block_reason.empty() || (finished && !all.empty()), end, operation);
    std::string candidates;
    for (auto& [index, candidate] : all) {
        if (!candidates.empty()) candidates += ',';
        candidates += json_of_candidate(index, candidate);
    }
    return join_torn_characters(
        fmt::format(R"({{"candidates":[{}],"promptFeedback":{},"usageMetadata":{},)"
                    R"("modelVersion":{},"responseId":{}}})",
                    candidates, content.feedback, content.usage, json_string(content.model),
                    json_string(content.id)));
}

}  // namespace nightshift::jobs
