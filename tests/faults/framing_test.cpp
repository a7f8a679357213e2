// Replies whose framing contradicts itself, met by the real program. What libcurl drops may have
// been paid; what it takes is an answer.

#include "tests/e2e/gateway.hpp"
#include "tests/http/loopback_server.hpp"

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

using namespace nightshift::test;
using nlohmann::json;

namespace {

const std::string answer = chat_reply().body;

std::string head_with(const std::string& fields) {
    return "HTTP/1.1 200 OK\r\n" + fields + "\r\n";
}

std::string length(std::size_t bytes) {
    return "Content-Length: " + std::to_string(bytes) + "\r\n";
}

// The lines of t0 and v: what becomes of one text task and one video whose only replies are
// `bytes`.
std::vector<json> meet(const std::string& bytes) {
    const ScratchFolder folder;
    folder.file("m.jsonl",
                chat_lines(1) + R"({"id":"v","model":"happyhorse-1.0-t2v","prompt":"p"})" + "\n");
    LoopbackServer server(always(bytes, Act::End::close));
    const auto ended = run(folder.path(), {"run", "m.jsonl", "--max-attempts", "1", "-j", "1"},
                           pointing_at(server.url("")));
    CHECK(server.exchanges().size() == 2);
    auto ledger = read_jsonl(folder.path() / "m.run/ledger.jsonl");
    REQUIRE(ledger.size() == 2);
    if (ledger[0]["id"] == "v") std::swap(ledger[0], ledger[1]);
    return ledger;
}

void check_dropped(const std::string& bytes) {
    CAPTURE(bytes.substr(0, 300));
    const auto ledger = meet(bytes);
    CHECK(ledger[0]["state"] == "failed");
    CHECK(ledger[0]["maybe_billed"] == 1);
    CHECK(ledger[1]["state"] == "held");
    CHECK(ledger[1]["error"]["kind"] == "ambiguous_submit");
    CHECK(ledger[1]["maybe_billed"] == 1);
}

}  // namespace

TEST_CASE("fault row 47: a reply whose framing contradicts itself may be paid and is no answer") {
    const auto right = length(answer.size()), wrong = length(answer.size() + 9);
    check_dropped(head_with(right + wrong) + answer);
    check_dropped(head_with(wrong + right) + answer);
    check_dropped(head_with("Content-Length: -5\r\n") + answer);
    check_dropped(head_with(std::string("X-Odd: a\0b\r\n", 12) + right) + answer);
    check_dropped(head_with("Transfer-Encoding: chunked\r\n") + "zz\r\n" + answer);
    check_dropped(head_with("no colon at all\r\n" + right) + answer);
    check_dropped("HTTP/1.1 103 Early Hints\r\nLink: <a>\r\n\r\n");
}

TEST_CASE("fault row 47: what is only odd about a head costs no answer") {
    const auto right = length(answer.size());
    for (const auto& bytes :
         {head_with(right + right) + answer,
          head_with("X-Odd: a\rContent-Length: 3\r\n" + right) + answer,
          head_with("X-Oneapi-Request-Id: one\r\nX-Oneapi-Request-Id: two\r\n" + right) + answer,
          head_with("Content-Type: audio/mpeg\r\nContent-Type: text/html\r\n" + right) + answer,
          head_with("Content-Length: 99999999999999999999999\r\n") + answer,
          "HTTP/1.1 103 Early Hints\r\n\r\n" + head_with(right) + answer}) {
        CAPTURE(bytes);
        const auto ledger = meet(bytes);
        CHECK(ledger[0]["state"] == "succeeded");
        CHECK(ledger[0]["text"] == "good");
        if (bytes.find("one") != std::string::npos) CHECK(ledger[0]["request_id"] == "one");
    }
}
