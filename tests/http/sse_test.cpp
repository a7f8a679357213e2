#include "http/sse.hpp"

#include <doctest/doctest.h>

using namespace nightshift;

namespace {

std::string flat(std::string_view body) {
    const auto stream = http::events_of(body);
    std::string text;
    for (const auto& event : stream.events) text += event.name + "=" + event.data + ";";
    if (!stream.stray.empty()) text += "stray " + stream.stray + ";";
    if (stream.torn) text += "torn";
    return text;
}

}  // namespace

TEST_CASE("events are read as WHATWG has them") {
    struct Row {
        const char* body;
        const char* events;
    };
    const Row rows[] = {
        {"", ""},
        {"data: a\n\n", "=a;"},
        {"data:a\n\n", "=a;"},
        {"data:  a\n\n", "= a;"},
        {"data: a\ndata: b\n\n", "=a\nb;"},
        {"data\n\n", "=;"},
        {"event: x\ndata: a\n\ndata: b\n\n", "x=a;=b;"},
        {"event: x\n\ndata: b\n\n", "=b;"},
        {"id: 1\nretry: 5\ndata: a\nfoo: b\n\n", "=a;"},
        {"data: a\r\n\r\ndata: b\r\rdata: c\n\n", "=a;=b;=c;"},
        {"\xEF\xBB\xBF"
         "data: a\n\n",
         "=a;"},
        // What this gateway does (wire contract 3.4).
        {": PING\n\n: PING\n\nevent: x\ndata: {}\n\n\nevent: y\ndata: {}\n\n\n", "x={};y={};"},
        {"data: [DONE]\n\n", "=[DONE];"},
    };
    for (const auto& row : rows) {
        CAPTURE(std::string(row.body));
        CHECK(flat(row.body) == row.events);
    }
}

TEST_CASE("a frame that was not closed is torn and yields no event") {
    CHECK(flat("data: a\n\ndata: b\n") == "=a;torn");
    CHECK(flat("data: a\n\ndata: b") == "=a;torn");
    CHECK(flat("data: a\n\nda") == "=a;torn");
    CHECK(flat("data: a\n\n: PI") == "=a;");
}

TEST_CASE("a bare JSON object is kept apart from the events") {
    CHECK(flat("data: a\n\n\n{\"error\":{\"type\":1}}") == "=a;stray {\"error\":{\"type\":1}};");
    CHECK(flat(": PING\n\n{\"error\":1}\n") == "stray {\"error\":1};");
    CHECK(flat("{\n  \"error\": 1\n}\n") == "stray {\n  \"error\": 1\n};torn");
    CHECK(flat("{\"a\":1}\n{\"b\":2}\n") == "stray {\"a\":1};");
}
