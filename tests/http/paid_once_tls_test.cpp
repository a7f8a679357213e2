// The same as paid_once_test.cpp over TLS, in both versions of HTTP: no POST is executed twice
// behind the caller's back.

#include "tests/http/tls_server.hpp"

#include <doctest/doctest.h>

using namespace nightshift;
using namespace nightshift::test;
using http::Trouble;

namespace {

// The second POST on a connection meets `manner`; a third one would be answered well.
void check_sent_once(bool http2, Manner manner) {
    CAPTURE(http2);
    CAPTURE(static_cast<int>(manner));
    const Identity identity;
    TlsServer server(identity, http2, {Manner::answer, manner, Manner::answer});
    Trusting client(identity);

    const auto first = client.run(post(server.url(), "one"));
    const auto second = client.run(post(server.url(), "two"));

    CAPTURE(http::name_of(second.trouble));
    CAPTURE(second.trouble_text);
    CHECK(first.ok());
    CHECK_FALSE(second.ok());
    CHECK(second.sent);
    CHECK(second.status == 0);
    CHECK(server.requests == 2);
    CHECK(server.connection_of_last == 1);
    const bool is_unknown =
        second.trouble == Trouble::repeat_refused || second.trouble == Trouble::reset;
    CHECK(is_unknown);
}

}  // namespace

TEST_CASE("fault row 17: over TLS a POST whose reused connection closes is executed once") {
    check_sent_once(false, Manner::close);
    check_sent_once(true, Manner::close);
}

TEST_CASE("fault row 18: over TLS a POST that meets a reset is executed once") {
    check_sent_once(false, Manner::reset);
    check_sent_once(true, Manner::reset);
}

TEST_CASE("fault row 18: over TLS a POST that meets a fragment of a reply is executed once") {
    check_sent_once(false, Manner::fragment);
    check_sent_once(true, Manner::fragment);
}

TEST_CASE("fault row 19: a POST that meets GOAWAY is not sent again behind the caller's back") {
    check_sent_once(true, Manner::go_away);
}

TEST_CASE("fault row 19: a refused stream ends as unknown, as libcurl cannot tell, and once") {
    check_sent_once(true, Manner::refuse_stream);
}
