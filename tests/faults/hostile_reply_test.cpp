// Replies made to do harm, met by the real program: it ends in order, within its memory, and leaves
// a ledger that is one.

#include "tests/e2e/gateway.hpp"
#include "tests/http/gzip_bytes.hpp"
#include "tests/http/loopback_server.hpp"

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include <atomic>
#include <fstream>
#include <thread>

using namespace nightshift::test;
using nlohmann::json;

namespace {

constexpr long mebibyte = 1 << 20;

// The most memory that a process has held at once.
long peak_bytes(pid_t pid) {
    std::ifstream status("/proc/" + std::to_string(pid) + "/status");
    for (std::string line; std::getline(status, line);) {
        if (line.starts_with("VmHWM:")) return std::stol(line.substr(6)) * 1024;
    }
    return -1;
}

struct Met {
    Ended ended;
    std::vector<json> ledger;
    json shown;           // of t0
    long peak_bytes = 0;  // when the task after it was asked for
};

// Task t0 is answered by `bad`, task t1 well and after it; nothing is sent twice.
Met meet(const std::vector<Act>& bad) {
    const ScratchFolder folder;
    folder.file("m.jsonl", chat_lines(2));
    std::atomic<pid_t> pid{0};
    Met met;
    const auto good = response(200, chat_reply().body, "Content-Type: application/json\r\n");
    LoopbackServer server([&](const Received& exchange) {
        if (exchange.body.find("p0") != std::string::npos) return bad;
        while (pid == 0) std::this_thread::yield();
        met.peak_bytes = peak_bytes(pid);
        return std::vector<Act>{{.bytes = good}};
    });
    Program program(folder.path(), {"run", "m.jsonl", "-j", "1", "--max-attempts", "1"},
                    pointing_at(server.url("")));
    pid = program.pid();
    met.ended = program.wait();
    met.ledger = read_jsonl(folder.path() / "m.run/ledger.jsonl");
    met.shown = json::parse(run(folder.path(), {"show", "m.run", "t0", "--json"}).out);
    CHECK(run(folder.path(), {"show", "m.run", "t0"}).exit_code == 0);
    return met;
}

std::vector<Act> as_json(const std::string& body) {
    return {{.bytes = response(200, body, "Content-Type: application/json\r\n")}};
}

std::vector<Act> packed(const std::string& encoding, const std::string& body) {
    return {{.bytes = response(200, body, "Content-Encoding: " + encoding + "\r\n")}};
}

std::string chat_saying(const std::string& content) {
    return R"({"choices":[{"index":0,"message":{"role":"assistant","content":")" + content +
           R"("},"finish_reason":"stop"}]})";
}

// t0 failed of `kind`, t1 is well, nothing of a control character has come through.
void check_refused(const Met& met, const std::string& kind) {
    CHECK(met.ended.exit_code == 1);
    REQUIRE(met.ledger.size() == 2);
    CHECK(met.ledger[0]["id"] == "t0");
    CHECK(met.ledger[0]["error"]["kind"] == kind);
    CHECK(met.ledger[0]["maybe_billed"] == 1);
    CHECK(met.ledger[1]["state"] == "succeeded");
    const auto message = met.ledger[0]["error"]["message"].get<std::string>();
    for (const auto& text : {message, met.ended.err}) {
        CHECK(text.find('\x1b') == std::string::npos);
        CHECK(text.find('\0') == std::string::npos);
    }
}

}  // namespace

TEST_CASE("fault row 39: a paid answer is kept, with U+FFFD for what is not text") {
    const std::vector<std::pair<std::string, std::string>> rows = {
        {chat_saying("caf\xe9 \xff\xfe"), "caf\uFFFD \uFFFD\uFFFD"},
        {chat_saying("\\ud800 alone"), "\uFFFD alone"},
        {chat_saying("a\\ud800\\u0041"), "a\uFFFDA"},
        {chat_saying(std::string("a\0b", 3)), std::string("a\0b", 3)},
        {chat_saying("fine") + std::string("\0{}", 3), "fine"},
        {R"({"choices":[{"index":0,"message":{"role":"assistant","content":"good"},)"
         R"("finish_reason":"stop"}],"x":1e400})",
         "good"},
    };
    for (const auto& [body, text] : rows) {
        CAPTURE(text);
        const auto met = meet(as_json(body));
        CHECK(met.ended.exit_code == 0);
        REQUIRE(met.ledger.size() == 2);
        CHECK(met.ledger[0]["text"] == text);
    }
}

TEST_CASE("fault row 39: bytes that are not JSON end as bad_reply, shown escaped") {
    struct Row {
        std::string body, shown;
    };
    const std::vector<Row> rows = {
        {std::string("\0\0\0\0", 4), "\\x00"},
        {"\x1b]0;owned\x07\xc2\x9b", "\\x1b"},
        {std::string("\xff\xfe{\0}\0", 6), "\\xff"},
    };
    for (const auto& row : rows) {
        CAPTURE(json(row.body).dump(-1, ' ', true, json::error_handler_t::replace));
        const auto met = meet(as_json(row.body));
        check_refused(met, "bad_reply");
        const auto message = met.ledger[0]["error"]["message"].get<std::string>();
        CHECK(message.find(row.shown) != std::string::npos);
        CHECK(met.shown["reply"].is_string());
    }
}

TEST_CASE("fault row 39: a byte order mark does no harm") {
    const auto met = meet(as_json("\xEF\xBB\xBF" + chat_saying("good")));

    CHECK(met.ended.exit_code == 0);
    CHECK(met.ledger.at(0)["text"] == "good");
}

TEST_CASE("fault row 40: JSON that is deep, broad or full of huge numbers costs little memory") {
    const auto plain = meet(as_json(chat_saying("good"))).peak_bytes;
    REQUIRE(plain > 0);
    const std::size_t million = 1'000'000;
    std::string broad = R"({"choices":[],"x":{)";
    for (std::size_t i = 0; i < million; ++i) {
        broad += (i == 0 ? "\"" : ",\"") + std::to_string(i) + "\":0";
    }
    broad += "}}";
    const std::vector<std::string> bodies = {
        std::string(million, '[') + std::string(million, ']'),
        R"({"choices":)" + std::string(million, '['),
        std::string(20'000, '[') + std::string(20'000, ']'),
        broad,
        R"({"choices":[],"x":)" + std::string(60 * mebibyte, '9') + "}",
    };
    for (const auto& body : bodies) {
        CAPTURE(body.substr(0, 30));
        CAPTURE(body.size());
        const auto met = meet(as_json(body));
        check_refused(met, "bad_reply");
        const auto size = static_cast<long>(body.size());
        CHECK(met.peak_bytes - plain - size < 50 * mebibyte);
    }
}

TEST_CASE("fault row 42: packed bodies that lie or burst are refused before they take memory") {
    const auto bomb = gzip_bomb(256u << 20);
    const auto twice = gzip_of(bomb);
    const std::vector<std::vector<Act>> replies = {
        packed("gzip", bomb),
        packed("gzip, gzip", twice),
        packed("gzip", "no gzip at all"),
        packed("gzip", bomb.substr(0, 5)),
        packed("deflate", "\x1f\x8b\x08 neither"),
        packed("rot13", "{}"),
        packed("gzip, gzip, gzip, gzip, gzip, gzip, gzip, gzip", twice),
    };
    for (const auto& reply : replies) {
        CAPTURE(reply[0].bytes.substr(0, reply[0].bytes.find("Content-Length")));
        const auto met = meet(reply);
        check_refused(met, "bad_reply");
        CHECK(met.peak_bytes < 150 * mebibyte);
    }
}

TEST_CASE("fault row 41: a reply without an end is cut at its bound, whatever length it claims") {
    const std::string piece(1 << 16, ' ');
    const Act claim{.bytes = "HTTP/1.1 200 OK\r\nContent-Length: 10737418240\r\n\r\n"};
    const Act chunked{.bytes = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"};
    for (const auto& acts :
         {std::vector<Act>{claim, {.bytes = piece, .repeat = 163'840}},
          std::vector<Act>{chunked, {.bytes = "10000\r\n" + piece + "\r\n", .repeat = 163'840}}}) {
        const auto met = meet(acts);
        check_refused(met, "bad_reply");
        CHECK(met.ledger[0]["error"]["code"] == "reply_too_large");
        CHECK(met.peak_bytes < 200 * mebibyte);
    }
}

TEST_CASE("fault row 41: heads without an end are cut, too") {
    for (const std::string line : {"HTTP/1.1 103 Early Hints\r\n\r\n", "X-More: 1\r\n"}) {
        const Act status{.bytes = line[0] == 'X' ? "HTTP/1.1 200 OK\r\n" : ""};
        const auto met = meet({status, {.bytes = line, .repeat = 1'000'000}});
        check_refused(met, "bad_reply");
        CHECK(met.ledger[0]["error"]["code"] == "reply_too_large");
        CHECK(met.peak_bytes < 60 * mebibyte);
    }
}
