// The lines of the control socket, well-meant and hostile.

#include "control/protocol.hpp"

#include "tests/control/published.hpp"

#include <doctest/doctest.h>

#include <map>

using namespace nightshift::control;
using nightshift::test::published;
using nightshift::test::wrong_by_schema;

TEST_CASE("a request comes out of its line as it went in") {
    Request request{.command = "set", .arguments = Json::object()};
    request.arguments["settings"] = {"concurrency=8", "limit.qwen 模型.concurrency=1"};

    auto line = line_of(request);
    REQUIRE(line.back() == '\n');
    CHECK(line.find('\n') == line.size() - 1);
    line.pop_back();
    const auto read = read_request(line);

    REQUIRE(read.request);
    CHECK(read.request->command == "set");
    CHECK(read.request->arguments == request.arguments);
}

TEST_CASE("an answer comes out of its line as it went in") {
    Answer good;
    good.result["added"] = 3;
    const auto refused = Answer::refused(Trouble::ending, "the run is ending");

    const auto read = read_answer(line_of(good));
    REQUIRE(read);
    CHECK(read->trouble == Trouble::none);
    CHECK(read->result == good.result);
    const auto no = read_answer(line_of(refused));
    REQUIRE(no);
    CHECK(no->trouble == Trouble::ending);
    CHECK(no->error == "the run is ending");
}

TEST_CASE("requests are as schemas/control.json has them, member by member") {
    const std::map<std::string, Json> requests = {
        {"status", Json::object()},
        {"pause", {{"endpoint", "videos"}, {"model", "happyhorse-*"}}},
        {"resume", {{"model", "gpt-5.4"}}},
        {"set", {{"settings", {"concurrency=8"}}}},
        {"append",
         {{"manifests", {"/a.jsonl", "/d/.nightshift/append-1"}},
          {"spooled", "/d/.nightshift/append-1"},
          {"skip_invalid", true},
          {"stream", false},
          {"on_change", "skip"},
          {"model", ""},
          {"i2v_media_type", ""}}},
        {"retry", {{"selection", {{"states", {"failed"}}, {"metadata", {{"split", {"a"}}}}}}}},
        {"cancel", {{"selection", Json::object()}}}};
    CHECK(published("request").size() == requests.size());
    for (const auto& [command, arguments] : requests) {
        CAPTURE(command);
        Request request{.command = command, .arguments = arguments};
        CHECK(wrong_by_schema("request", command, line_of(request)) == "");
        request.arguments["evil"] = 1;
        CHECK(wrong_by_schema("request", command, line_of(request)) != "");
        Json bare = {{"command", command}, {"schema", 2}};
        bare.update(arguments);
        CHECK(wrong_by_schema("request", command, bare.dump()) != "");
    }
}

TEST_CASE("errors are as schemas/control.json has them, for every trouble there is") {
    for (const auto trouble :
         {Trouble::request, Trouble::ending, Trouble::busy, Trouble::storage}) {
        const auto line = line_of(Answer::refused(trouble, "what; what to do"));
        CHECK(wrong_by_schema("answer", "error", line) == "");
        CHECK(read_answer(line)->trouble == trouble);
    }
    CHECK(wrong_by_schema("answer", "error", line_of(Answer())) != "");
}

TEST_CASE("what is no request is told so, and nothing of it is repeated") {
    const std::string deep(100'000, '[');
    for (const std::string line :
         {"", "{", "[]", "null", "7", "\"pause\"", "{\"command\":7}", "{\"command\":null}", "{}",
          "{\"schema\":2,\"command\":\"pause\"}", "GET / HTTP/1.1", "\xff\xfe{}",
          "{\"command\":\"pause\"} {}", "{\"evil\":\"\x1b[2J\"}"}) {
        const auto read = read_request(line);
        CAPTURE(line);
        CHECK(!read.request);
        CHECK(!read.error.empty());
        CHECK(read.error.find('\x1b') == std::string::npos);
    }
    CHECK(!read_request(deep).request);
    CHECK(!read_request("{\"command\":\"x\",\"a\":" + deep + "}").request);
}

TEST_CASE("what is no answer is none") {
    for (const auto* line : {"", "[]", "{}", "{\"ok\":1}", "{\"ok\":false}", "no"}) {
        CHECK(!read_answer(line));
    }
}

TEST_CASE("lines come out whole, however their bytes arrive") {
    LineBuffer buffer(8);
    buffer.add("ab");
    CHECK(!buffer.next());
    buffer.add("c\r\nde\n\nf");
    CHECK(buffer.next() == "abc");
    CHECK(buffer.next() == "de");
    CHECK(buffer.next() == "");
    CHECK(!buffer.next());
    CHECK(!buffer.overflowed());
}

TEST_CASE("a line that is too long is noticed before its end") {
    LineBuffer buffer(8);
    buffer.add("12345678");
    CHECK(!buffer.overflowed());
    buffer.add("9");
    CHECK(buffer.overflowed());
    CHECK(!buffer.next());
    buffer.add("\n");
    CHECK(buffer.overflowed());
    CHECK(!buffer.next());
}
