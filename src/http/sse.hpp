// Server-sent events (WHATWG HTML 9.2) out of a whole body, with what this gateway does to them:
// comment frames before the first event, three line feeds between frames, and a bare JSON object
// with no `data:` prefix when it gives up in the middle (wire contract 3.4).

#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace nightshift::http {

struct Event {
    std::string name;  // "" when the frame has no `event:` line
    std::string data;  // `data:` lines joined with LF
};

struct EventStream {
    std::vector<Event> events;
    std::string stray;  // first line that is JSON ("{...") outside any field: an error object
    bool torn = false;  // the body ended inside a frame that was not closed by an empty line
};

EventStream events_of(std::string_view body);

}  // namespace nightshift::http
