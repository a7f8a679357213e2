#include "http/curl/header_reader.hpp"
#include "http/message.hpp"
#include "http/transport_error.hpp"

#include <doctest/doctest.h>

#include <curl/curl.h>

#include <set>

using namespace nightshift;
using http::Trouble;

TEST_CASE("every trouble has a name of its own") {
    std::set<std::string_view> names;
    for (int i = 0; i <= static_cast<int>(Trouble::local); ++i) {
        names.insert(http::name_of(static_cast<Trouble>(i)));
    }

    CHECK(names.size() == static_cast<std::size_t>(Trouble::local) + 1);
}

TEST_CASE("every result code of libcurl means some trouble, and success none") {
    for (int code = 1; code < CURL_LAST; ++code) {
        const auto trouble =
            http::trouble_of({.code = static_cast<CURLcode>(code), .text = {}, .status = 200});
        CAPTURE(code);
        CHECK(trouble != Trouble::none);
    }
    CHECK(http::trouble_of({.code = CURLE_OK, .text = {}, .status = 200}) == Trouble::none);
    CHECK(http::trouble_of({.code = CURLE_OK, .text = {}}) == Trouble::protocol);
}

TEST_CASE("one result code is told apart by what was seen") {
    struct Row {
        http::Evidence evidence;
        Trouble trouble;
    };
    const Row rows[] = {
        {{.code = CURLE_PARTIAL_FILE, .text = {}, .sent = true}, Trouble::reset},
        {{.code = CURLE_PARTIAL_FILE, .text = {}, .status = 200, .sent = true}, Trouble::truncated},
        {{.code = CURLE_RECV_ERROR, .text = {}}, Trouble::connect},
        {{.code = CURLE_HTTP2, .text = {}, .sent = true}, Trouble::reset},
        {{.code = CURLE_HTTP2_STREAM,
          .text = "not closed cleanly: REFUSED_STREAM (err 7)",
          .sent = true},
         Trouble::refused_stream},
        {{.code = CURLE_HTTP2_STREAM, .text = "not closed cleanly: INTERNAL_ERROR", .sent = true},
         Trouble::reset},
        {{.code = CURLE_COULDNT_CONNECT, .text = {}, .dialled = true, .socket_errno = EMFILE},
         Trouble::local},
        {{.code = CURLE_COULDNT_CONNECT, .text = {}, .dialled = true}, Trouble::connect},
        {{.code = CURLE_OPERATION_TIMEDOUT, .text = "Resolving timed out after 9 ms"},
         Trouble::connect_timeout},
        {{.code = CURLE_OPERATION_TIMEDOUT, .text = "Operation timed out after 9 ms"},
         Trouble::timeout},
        {{.code = CURLE_OPERATION_TIMEDOUT, .text = "Operation too slow. Less", .sent = true},
         Trouble::idle},
        {{.code = CURLE_ABORTED_BY_CALLBACK, .text = {}, .sent = true, .repeat_refused = true},
         Trouble::repeat_refused},
        {{.code = CURLE_ABORTED_BY_CALLBACK, .text = {}, .sent = true}, Trouble::local},
        {{.code = CURLE_WRITE_ERROR, .text = {}, .status = 200, .too_large = true},
         Trouble::too_large},
        {{.code = CURLE_WRITE_ERROR, .text = {}, .status = 200}, Trouble::protocol},
    };
    for (const auto& row : rows) {
        CAPTURE(row.evidence.code);
        CAPTURE(row.evidence.text);
        CHECK(http::name_of(http::trouble_of(row.evidence)) == http::name_of(row.trouble));
    }
}

TEST_CASE("folded header lines and trailers do no harm") {
    http::HeadReader head;
    for (const auto* line : {"HTTP/2 200 \r\n", "A: 1\r\n", " 2\r\n", "nonsense\r\n", "B:\r\n"}) {
        CHECK(head.take(line) == http::HeadReader::Step::more);
    }

    CHECK(head.take("\r\n") == http::HeadReader::Step::complete);
    CHECK(head.take("Trailer: x\r\n") == http::HeadReader::Step::more);

    CHECK(head.status == 200);
    CHECK(head.headers == http::Headers{{"a", "1 2"}, {"b", ""}});
}
