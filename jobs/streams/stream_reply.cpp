#include "jobs/streams/stream_reply.hpp"

#include "base/failure.hpp"
#include "http/sse.hpp"
#include "jobs/protocol/text_reply.hpp"
#include "jobs/protocol/verdict.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace nightshift::jobs {
namespace {

constexpr std::string_view braces = "{}";

class FrameReader {
public:
    explicit FrameReader(const std::function<void(JsonElement)>& take) : take_(take) {}
    // False: nothing behind it counts.
    bool read(const http::Event& event);
    StreamEnd end;

private:
    bool read_value(JsonElement value, const http::Event& event);
    bool read_object(JsonElement object, const http::Event& event);

    const std::function<void(JsonElement)>& take_;
};

// Values one behind the other in one frame are a frame each.
bool FrameReader::read(const http::Event& event) {
    auto data = trimmed(event.data);
    auto json = Json::parse(data, TornCharacters::kept);
    while (data.find_first_of(braces) != std::string_view::npos) {
        if (!json) {
            end.unreadable = true;
            return false;
        }
        if (!read_value(json->root(), event)) return false;
        data = trimmed(data.substr(json->consumed()));
        for (const std::string_view between : {",", "data:"}) {  // of a list; no line end
            if (data.starts_with(between)) data = trimmed(data.substr(between.size()));
        }
        json = data.empty() ? std::nullopt : Json::parse_first(data, TornCharacters::kept);
    }
    return true;
}

bool FrameReader::read_value(JsonElement value, const http::Event& event) {
    if (value.is_object()) return read_object(value, event);
    const auto text = trimmed(string_at(value, ""));
    if (text.starts_with('{')) {  // a frame that was encoded twice
        return read({.name = event.name, .data = std::string(text), .bare = event.bare});
    }
    for (const auto each : array_at(value, "")) {
        if (each.is_object() && !read_object(each, event)) return false;
    }
    return true;
}

// Where a frame says that something failed, besides `error` of its own.
std::optional<JsonElement> failed_choice(JsonElement frame) {
    for (const auto choice : array_at(frame, "choices")) {
        if (find_value(choice, "error")) return choice;
    }
    return std::nullopt;
}

bool FrameReader::read_object(JsonElement object, const http::Event& event) {
    const auto choice = failed_choice(object);
    if (event.bare || event.name == "error" || find_value(object, "error")) {
        end.error = error_object_of(json_of(object));
    } else if (choice) {
        end.error = error_object_of(json_of(*choice));
    }
    if (end.error.present) return false;
    // Some proxies leave the type to the event's name.
    const bool is_typed = event.name.empty() || find(object, "type");
    const auto typed = is_typed
                           ? std::nullopt
                           : Json::parse(fmt::format(R"({{"type":{},{})", json_string(event.name),
                                                     json_of(object).substr(1)));
    take_(typed ? typed->root() : object);
    return true;
}

// True when an object follows the value that ends after `consumed` bytes, and it is another one.
bool goes_on(std::string_view body, std::size_t consumed) {
    const auto first = trimmed(body.substr(0, consumed));
    const auto events = http::events_of(body.substr(consumed));
    return std::any_of(events.begin(), events.end(), [first](const http::Event& event) {
        const auto data = trimmed(event.data);
        return data.starts_with('{') && data != first;
    });
}

}  // namespace

StreamEnd read_frames(std::string_view body, const std::function<void(JsonElement)>& take) {
    FrameReader reader(take);
    for (const auto& event : http::events_of(body)) {
        if (!reader.read(event)) break;
    }
    return std::move(reader.end);
}

StreamEnd read_frame_array(std::string_view array, const std::function<void(JsonElement)>& take) {
    FrameReader reader(take);
    const bool whole = Json::parse(array, TornCharacters::kept).has_value();
    reader.read({.name = {}, .data = std::string(array.substr(whole ? 0 : 1)), .bare = false});
    return std::move(reader.end);
}

void require_complete(bool complete, const StreamEnd& end, std::string_view operation) {
    if (complete) return;
    if (end.error.present) {
        auto failure = failure_of_error(end.error, 200, true);
        failure.message = fmt::format("{}: in the stream: {}", operation, failure.message);
        throw Failed(std::move(failure));
    }
    const auto cause = end.unreadable ? "a frame of the stream is unreadable"
                                      : "the stream ended before the answer did";
    fail_unknown("cut_stream", fmt::format("{}: {}", operation, cause));
}

WholeReply read_whole(std::string body, std::string_view operation, OfStream of_stream) {
    body = is_event_stream(body) ? of_stream(body, operation) : only_meat(std::move(body));
    auto json = Json::parse_answer(body, operation);
    if (json.consumed() < body.size() && goes_on(body, json.consumed())) {
        body = of_stream(body, operation);
        json = Json::parse_answer(body, operation);
    }
    auto text = std::move(json).text_of(std::move(body));
    return {std::move(json), std::move(text)};
}

}  // namespace nightshift::jobs
