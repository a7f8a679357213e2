#include "http/sse.hpp"

#include <doctest/doctest.h>

using namespace nightshift;

namespace {

std::string flat(std::string_view body) {
    std::string text;
    for (const auto& event : http::events_of(body)) {
        text += (event.bare ? "bare " : event.name + "=") + event.data + ";";
    }
    return text;
}

struct Row {
    const char* body;
    const char* events;
};

template <std::size_t count>
void check(const Row (&rows)[count]) {
    for (const auto& row : rows) {
        CAPTURE(std::string(row.body));
        CHECK(flat(row.body) == row.events);
    }
}

}  // namespace

TEST_CASE("events are read as WHATWG has them") {
    check({
        {"", ""},
        {"data: a\n\n", "=a;"},
        {"data:a\n\n", "=a;"},
        {"data:  a\n\n", "= a;"},
        {"data\n\n", "=;"},
        {"event: x\ndata: a\n\ndata: b\n\n", "x=a;=b;"},
        {"event: x\n\ndata: b\n\n", "=b;"},
        {"id: 1\nretry: 5\ndata: a\nfoo: b\n\n", "=a;"},
        {"data: a\r\n\r\ndata: b\r\rdata: c\n\n", "=a;=b;=c;"},
        {"\xEF\xBB\xBF"
         "data: a\n\n",
         "=a;"},
        {"data: {\"a\":\ndata: 1}\n\n", "={\"a\":\n1};"},
        {"data: [\ndata: {},\ndata: {}\ndata: ]\n\n", "=[\n{},\n{}\n];"},
        {"data: {\"a\":\"}\ndata: {\"}\n\n", "={\"a\":\"}\n{\"};"},
        {"data: {\"a\":\"\\\\\\\"}\ndata: \"}\n\n", "={\"a\":\"\\\\\\\"}\n\"};"},
        // What this gateway does (wire contract 3.4).
        {": PING\n\n: PING\n\nevent: x\ndata: {}\n\n\nevent: y\ndata: {}\n\n\n", "x={};y={};"},
        {"data: [DONE]\n\n", "=[DONE];"},
    });
}

TEST_CASE("one line end between two events is enough when the first is closed") {
    check({
        {"data: {\"a\":1}\ndata: {\"b\":2}\ndata: [DONE]\n", "={\"a\":1};={\"b\":2};=[DONE];"},
        {"data: {\"a\":1}\r\ndata: {\"b\":2}\r\n", "={\"a\":1};={\"b\":2};"},
        {"data: {}\rdata: {}\r", "={};={};"},
        {"event: x\ndata: {}\nevent: y\ndata: {}\n", "x={};y={};"},
        {"event: ping\ndata: ping\ndata: {}\n", "ping=ping;={};"},
        {"data: a\ndata: b\n\n", "=a;=b;"},
        {"data: {\"a\":\"torn\ndata: {}\n\n", "={\"a\":\"torn\n{};"},
    });
}

TEST_CASE("fields are found in any letter case, indented, with blanks before the colon") {
    check({
        {"DATA: a\n\n", "=a;"},
        {"  data: a\n\n", "=a;"},
        {"Event : x\n\tdata : a\n\n", "x=a;"},
        {"data:\t[DONE]\n\n", "=\t[DONE];"},
    });
    CHECK(http::begins_with_event_field("data: {}"));
    CHECK(http::begins_with_event_field("Event:x\n"));
    CHECK_FALSE(http::begins_with_event_field("{\"data\": 1}"));
    CHECK_FALSE(http::begins_with_event_field("date: today"));
    CHECK_FALSE(http::begins_with_event_field("data"));
}

TEST_CASE("what no empty line closed is an event, too") {
    check({
        {"data: a\n\ndata: b\n", "=a;=b;"},
        {"data: a\n\ndata: b", "=a;=b;"},
        {"data: a\n\nda", "=a;"},
        {"data: a\n\n: PI", "=a;"},
    });
}

TEST_CASE("JSON outside any field is an event of its own") {
    check({
        {"data: a\n\n\n{\"error\":{\"type\":1}}", "=a;bare {\"error\":{\"type\":1}};"},
        {": PING\n\n{\"error\":1}\n", "bare {\"error\":1};"},
        {"{\n  \"error\": 1\n}\ndata: b\n\n", "bare {\n  \"error\": 1\n};=b;"},
        {"{\"a\":1}\n{\"b\":2}\n", "bare {\"a\":1};bare {\"b\":2};"},
        {"{\"a\":1}{\"b\":2}data: c\n", "bare {\"a\":1};bare {\"b\":2};=c;"},
        {"data: a\n{\"b\":2}\n\n", "=a;bare {\"b\":2};"},
        {"{\"a\":1\n\ndata: b\n\n{\"c\":3}\n", "bare {\"a\":1;=b;bare {\"c\":3};"},
    });
}
