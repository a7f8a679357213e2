#include "jobs/streams/messages_stream.hpp"

#include "jobs/protocol/json_reply.hpp"
#include "jobs/protocol/token_usage.hpp"
#include "jobs/streams/stream_reply.hpp"

#include <fmt/format.h>

#include <map>

namespace nightshift::jobs {
namespace {

struct Block {
    std::string start = "{}";  // JSON of content_block as it was announced
    std::string type, text, thinking, signature, input;
};

struct Message {
    std::string id, model, stop_reason, stop_sequence = "null", usage = "null";
    std::map<std::int64_t, Block> blocks;
};

void start_block(Block& block, JsonElement content) {
    block.start = json_of(content);
    block.type = string_at(content, "type");
    block.text = string_at(content, "text");
    block.thinking = string_at(content, "thinking");
    block.signature = string_at(content, "signature");
}

void extend_block(Block& block, JsonElement delta) {
    block.text += string_at(delta, "text");
    block.thinking += string_at(delta, "thinking");
    block.signature += string_at(delta, "signature");
    block.input += string_at(delta, "partial_json");
    // A stream that was joined late has no content_block_start.
    if (block.type.empty()) block.type = block.thinking.empty() ? "text" : "thinking";
}

// A message that comes whole, in a frame or before others.
void take_message(Message& message, JsonElement whole) {
    message.id = string_at(whole, "id");
    message.model = string_at(whole, "model");
    message.stop_reason = string_at(whole, "stop_reason");
    for (const auto content : array_at(whole, "content")) {
        start_block(message.blocks[static_cast<std::int64_t>(message.blocks.size())], content);
    }
    if (const auto usage = find_value(whole, "usage")) {
        message.usage = merged_usage(message.usage, *usage);
    }
}

void take_frame(Message& message, JsonElement frame) {
    const auto type = string_at(frame, "type");
    const auto index = integer_at(frame, "index").value_or(0);
    if (type == "message") {
        take_message(message, frame);
    } else if (type == "message_start") {
        if (const auto start = find_value(frame, "message")) take_message(message, *start);
    } else if (type == "content_block_start") {
        if (const auto content = find_value(frame, "content_block")) {
            start_block(message.blocks[index], *content);
        }
    } else if (type == "content_block_delta") {
        if (const auto delta = find_value(frame, "delta")) {
            extend_block(message.blocks[index], *delta);
        }
    } else if (type == "message_delta") {
        const auto reason = string_at(frame, "delta.stop_reason");
        if (!reason.empty()) message.stop_reason = reason;
        const auto sequence = find_value(frame, "delta.stop_sequence");
        if (sequence) message.stop_sequence = json_of(*sequence);
        if (const auto usage = find_value(frame, "usage")) {
            message.usage = merged_usage(message.usage, *usage);
        }
    }
}

std::string json_of_block(const Block& block) {
    if (block.type == "text") {
        return fmt::format(R"({{"type":"text","text":{}}})", json_string(block.text));
    }
    if (block.type == "thinking") {
        return fmt::format(R"({{"type":"thinking","thinking":{},"signature":{}}})",
                           json_string(block.thinking), json_string(block.signature));
    }
    if (block.input.empty()) return block.start;
    const auto start = Json::parse(block.start);
    const auto input = Json::parse_strict(block.input) ? block.input : json_string(block.input);
    return fmt::format(R"({{"type":{},"id":{},"name":{},"input":{}}})", json_string(block.type),
                       json_string(string_at(start->root(), "id")),
                       json_string(string_at(start->root(), "name")), input);
}

}  // namespace

std::string message_of_stream(std::string_view body, std::string_view operation) {
    Message message;
    const auto end =
        read_frames(body, [&message](JsonElement frame) { take_frame(message, frame); });
    require_complete(!message.stop_reason.empty(), end, operation);
    std::string content;
    for (const auto& [index, block] : message.blocks) {
        if (!content.empty()) content += ',';
        content += json_of_block(block);
    }
    return join_torn_characters(
        fmt::format(R"({{"id":{},"type":"message","role":"assistant","model":{},)"
                    R"("content":[{}],"stop_reason":{},"stop_sequence":{},"usage":{}}})",
                    json_string(message.id), json_string(message.model), content,
                    json_string(message.stop_reason), message.stop_sequence, message.usage));
}

}  // namespace nightshift::jobs
