#include "engine/retry/retry.hpp"

#include "engine/retry/resend.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>

using namespace nightshift;
using Step = Decision::Step;

namespace {

Decision after(Kind kind, Billing billing, RetryFacts facts = {}) {
    return decide({.kind = kind, .code = "", .message = "", .billing = billing}, facts,
                  RetryRules{.base_s = 1, .attempts_max = 5});
}

}  // namespace

TEST_CASE("each kind has one reaction when nothing was billed") {
    struct Row {
        Kind kind;
        Step step;
        bool counts;
    };
    for (const Row& row : {
             Row{Kind::rate_limited, Step::again, false},
             Row{Kind::overloaded, Step::again, true},
             Row{Kind::server_error, Step::again, true},
             Row{Kind::network, Step::again, true},
             Row{Kind::timeout, Step::again, true},
             Row{Kind::bad_reply, Step::again, true},
             Row{Kind::invalid_request, Step::fail, false},
             Row{Kind::content_rejected, Step::fail, false},
             Row{Kind::no_output, Step::again, true},
             Row{Kind::truncated, Step::fail, false},
             Row{Kind::invalid_output, Step::again, true},
             Row{Kind::model_unavailable, Step::again, false},
             Row{Kind::credentials, Step::stop, false},
             Row{Kind::quota, Step::stop, false},
             Row{Kind::misconfigured, Step::stop, false},
             Row{Kind::task_failed, Step::fail, false},
             Row{Kind::task_lost, Step::fail, false},
             Row{Kind::result_expired, Step::fail, false},
             Row{Kind::unsafe_url, Step::fail, false},
             Row{Kind::local_io, Step::stop, false},
         }) {
        CAPTURE(name_of(row.kind));
        const auto decision = after(row.kind, Billing::none);
        CHECK(decision.step == row.step);
        CHECK(decision.counts == row.counts);
    }
}

TEST_CASE("an unknown outcome is sent again only where --resend allows it") {
    CHECK(after(Kind::timeout, Billing::unknown, {.resend_allowed = false}).step == Step::hold);
    const auto again = after(Kind::timeout, Billing::unknown, {.resend_allowed = true});
    CHECK(again.step == Step::again);
    CHECK(again.takes_resend);
    CHECK(after(Kind::timeout, Billing::unknown, {.failures = 4, .resend_allowed = true}).step ==
          Step::fail);
}

TEST_CASE("an empty good reply is asked for once more; a second image draws on --resend") {
    CHECK(after(Kind::no_output, Billing::known).step == Step::again);
    CHECK(after(Kind::no_output, Billing::known, {.asked_again = true}).step == Step::fail);
    CHECK(after(Kind::no_output, Billing::known, {.resend_costs = true}).step == Step::fail);
    CHECK(after(Kind::no_output, Billing::known, {.resend_allowed = true, .resend_costs = true})
              .takes_resend);
}

TEST_CASE("what is paid is never paid again because its result cannot be had") {
    for (const auto kind : {Kind::network, Kind::timeout, Kind::bad_media, Kind::server_error}) {
        CHECK(after(kind, Billing::none, {.paid = true}).step == Step::fail);
        CHECK(after(kind, Billing::unknown, {.paid = true, .resend_allowed = true}).step ==
              Step::fail);
    }
}

TEST_CASE("back-off grows with full jitter up to its cap, and at least what was asked for") {
    Random random(1);
    const Failure failure{.kind = Kind::server_error, .code = "", .message = ""};
    double most = 0;
    for (int failures = 0; failures < 20; ++failures) {
        const double wait = backoff_s(failure, failures, RetryRules{}, random);
        CHECK(wait >= 0);
        most = std::max(most, wait);
        CHECK(wait <= std::min(60.0, std::pow(2.0, failures)));
    }
    CHECK(most > 8);
    Failure asked = failure;
    asked.retry_after_s = 100;
    CHECK(backoff_s(asked, 0, RetryRules{}, random) >= 100);
}

TEST_CASE("--resend reads all, none and percents, and refuses the rest") {
    CHECK(ResendRule::parse("all").all);
    CHECK_FALSE(ResendRule::parse("none").all);
    CHECK(ResendRule::parse("2.5%").percent == doctest::Approx(2.5));
    for (const auto* bad : {"", "5", "%", "-1%", "101%", "nan%", "most"}) {
        CHECK_THROWS_AS(ResendRule::parse(bad), UsageError);
    }
}

TEST_CASE("a budget in percent is rounded up and counts what an earlier run used") {
    ResendBudget budget;
    budget.set("image_generations", ResendRule::parse("1%"), 101, 1);
    CHECK(budget.take("image_generations"));
    CHECK_FALSE(budget.take("image_generations"));
    CHECK(budget.used("image_generations") == 2);
    CHECK_FALSE(budget.take("videos"));
}
