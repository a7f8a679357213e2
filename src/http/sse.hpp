// Server-sent events (WHATWG HTML 9.2) out of a whole body, as they are really sent: with comments,
// three line feeds between frames or one, fields indented or in capitals, JSON with no `data:`
// before it (wire contract 3.4), a last frame that nothing closes.

#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace nightshift::http {

struct Event {
    std::string name;   // "" when the frame has no `event:` line
    std::string data;   // `data:` lines joined with LF, or JSON that stood outside any field
    bool bare = false;  // it stood outside
};

// Lines of data that one line end separates are one event only as long as the JSON that the first
// began is open. What ended inside a frame is an event, too: its data tells whether it is whole.
std::vector<Event> events_of(std::string_view body);

// True when a line begins with a field of an event stream: data, event, id, retry.
bool begins_with_event_field(std::string_view line);

}  // namespace nightshift::http
