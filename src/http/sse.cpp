#include "http/sse.hpp"

#include <algorithm>

namespace nightshift::http {
namespace {

// Removes and returns the first line. CR, LF and CR LF all end one; `ended` says whether any did.
std::string_view take_line(std::string_view& body, bool& ended) {
    const auto end = body.find_first_of("\r\n");
    ended = end != std::string_view::npos;
    const auto line = body.substr(0, end);
    if (!ended) {
        body = {};
        return line;
    }
    const bool pair = body[end] == '\r' && end + 1 < body.size() && body[end + 1] == '\n';
    body.remove_prefix(end + (pair ? 2 : 1));
    return line;
}

struct Frame {
    Event event;
    bool has_data = false;
    bool begun = false;  // any field or an unfinished line

    void take(std::string_view line) {
        const auto colon = line.find(':');
        const auto field = line.substr(0, colon);
        auto value = colon == std::string_view::npos ? std::string_view{} : line.substr(colon + 1);
        if (value.starts_with(' ')) value.remove_prefix(1);
        begun = true;
        if (field == "event") event.name = value;
        if (field != "data") return;
        if (has_data) event.data += '\n';
        event.data += value;
        has_data = true;
    }
};

// The object that starts on this line: the line, or the rest of the body when it goes on there.
std::string stray_object(std::string_view line, std::string_view rest_with_line) {
    const auto last = line.find_last_not_of(" \t");
    if (last != std::string_view::npos && line[last] == '}') return std::string(line);
    const auto end = rest_with_line.find_last_not_of(" \t\r\n");
    return std::string(rest_with_line.substr(0, end + 1));
}

}  // namespace

EventStream events_of(std::string_view body) {
    if (body.starts_with("\xEF\xBB\xBF")) body.remove_prefix(3);
    EventStream stream;
    Frame frame;
    while (!body.empty()) {
        const auto from_here = body;
        bool ended = false;
        const auto line = take_line(body, ended);
        const auto text = line.substr(std::min(line.find_first_not_of(" \t"), line.size()));
        if (text.starts_with('{')) {
            if (stream.stray.empty()) {
                stream.stray = stray_object(text, from_here.substr(line.size() - text.size()));
            }
        } else if (line.empty()) {
            if (frame.has_data) stream.events.push_back(std::move(frame.event));
            frame = {};
        } else if (!line.starts_with(':')) {
            frame.take(line);
        }
    }
    stream.torn = frame.begun;
    return stream;
}

}  // namespace nightshift::http
