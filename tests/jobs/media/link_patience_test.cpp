#include "jobs/media/link_patience.hpp"

#include <doctest/doctest.h>

using namespace nightshift;

namespace {

const Instant seen = Instant(seconds(1000));

Instant after(double s) {
    return seen + seconds(s);
}

}  // namespace

TEST_CASE("a link that is not reached has five tries and ten minutes, whichever is longer") {
    LinkPatience quick(false, seen);
    for (int i = 0; i < 20; ++i) CHECK(quick.allows_another(LinkTrouble::unreached, after(i)));
    CHECK(quick.allows_another(LinkTrouble::unreached, after(599)));
    CHECK_FALSE(quick.allows_another(LinkTrouble::unreached, after(600)));

    LinkPatience slow(true, seen);
    for (int i = 0; i < 4; ++i) {
        CHECK(slow.allows_another(LinkTrouble::unreached, after(1000 * i)));
    }
    CHECK_FALSE(slow.allows_another(LinkTrouble::unreached, after(4000)));
}

TEST_CASE("a link that is not there yet has five minutes from when it was first seen") {
    LinkPatience kept(false, seen);
    CHECK(kept.allows_another(LinkTrouble::not_there, after(0)));
    CHECK(kept.allows_another(LinkTrouble::not_there, after(299)));
    CHECK_FALSE(kept.allows_another(LinkTrouble::not_there, after(300)));

    LinkPatience renewed(true, seen);  // seen long ago: one fresh link all the same
    CHECK(renewed.allows_another(LinkTrouble::not_there, after(4000)));
    CHECK_FALSE(renewed.allows_another(LinkTrouble::not_there, after(4001)));
}

TEST_CASE("a link that has expired or gives something else is helped by a fresh one alone") {
    for (const auto trouble : {LinkTrouble::expired, LinkTrouble::broken}) {
        LinkPatience kept(false, seen);
        CHECK_FALSE(kept.allows_another(trouble, after(0)));
        LinkPatience renewed(true, seen);
        CHECK(renewed.allows_another(trouble, after(0)));
        CHECK_FALSE(renewed.allows_another(trouble, after(1)));
    }
    LinkPatience overdue(true, seen);
    CHECK_FALSE(overdue.allows_another(LinkTrouble::overdue, after(0)));
}

TEST_CASE("what a failure says of a link") {
    auto failure = [](Kind kind, std::string_view code) {
        return Failure{.kind = kind, .code = std::string(code), .message = "m"};
    };
    CHECK(trouble_of_link(failure(Kind::network, "unreached")) == LinkTrouble::unreached);
    CHECK(trouble_of_link(failure(Kind::network, "http_503")) == LinkTrouble::broken);
    CHECK(trouble_of_link(failure(Kind::result_expired, "http_404")) == LinkTrouble::not_there);
    CHECK(trouble_of_link(failure(Kind::result_expired, "expired")) == LinkTrouble::expired);
    CHECK(trouble_of_link(failure(Kind::result_expired, "deadline")) == LinkTrouble::overdue);
    CHECK(trouble_of_link(failure(Kind::bad_media, "html")) == LinkTrouble::broken);
    const auto ended = given_up(failure(Kind::network, "unreached"));
    CHECK(ended.kind == Kind::result_expired);
    CHECK(ended.code == "unreached");
}
