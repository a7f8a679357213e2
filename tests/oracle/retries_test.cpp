// The judge of retries is judged by made-up nights.

#include "tests/oracle/oracle.hpp"

#include <doctest/doctest.h>

using namespace nightshift;
using namespace nightshift::test;

namespace {

AttemptRecord attempt_of(int number, int status, const std::string& verdict) {
    AttemptRecord attempt;
    attempt.number = number;
    attempt.http_status = status;
    attempt.verdict = verdict;
    return attempt;
}

// Tasks of one lane, twenty a second, each with the verdicts of its attempts, which are a second
// apart.
class Night {
public:
    void add(int count, const std::vector<AttemptRecord>& attempts) {
        for (int i = 0; i < count; ++i, start_ms_ += 50) {
            TaskView view;
            view.row.endpoint = "chat_completions";
            view.row.model = "gpt-5.4";
            view.attempts = attempts;
            for (auto& attempt : view.attempts) {
                attempt.started_at = start_ms_ + 1000 * (attempt.number - 1);
            }
            tasks.push_back(std::move(view));
        }
    }
    void pause_ms(std::int64_t ms) { start_ms_ += ms; }
    std::vector<TaskView> tasks;

private:
    std::int64_t start_ms_ = 1'700'000'000'000;
};

const std::vector<AttemptRecord> at_once = {attempt_of(1, 200, "ok")};
const std::vector<AttemptRecord> again = {attempt_of(1, 500, "server_error"),
                                          attempt_of(2, 200, "ok")};

}  // namespace

TEST_CASE("I8: more retries than a tenth of the first tries of two minutes are found") {
    Night night;
    SUBCASE("a tenth") {
        for (int i = 0; i < 200; ++i) {
            night.add(9, at_once);
            night.add(1, again);
        }
        CHECK(retry_violations(night.tasks).empty());
    }
    SUBCASE("more, and only for a while") {
        night.add(6000, at_once);
        night.add(1200, at_once);
        night.add(400, again);
        night.add(6000, at_once);
        const auto found = retry_violations(night.tasks);
        REQUIRE(found.size() == 1);
        CHECK(found[0].find("I8 chat_completions gpt-5.4: 24") == 0);  // of 2,400
    }
    SUBCASE("a small night retries as it likes") {
        night.add(900, again);
        CHECK(retry_violations(night.tasks).empty());
    }
    SUBCASE("what was two minutes ago does not count") {
        night.add(2000, at_once);
        night.pause_ms(120'000);
        night.add(200, again);
        CHECK(retry_violations(night.tasks).empty());
    }
    SUBCASE("the lanes are judged one by one") {
        night.add(2000, at_once);
        night.add(300, again);
        for (std::size_t i = 2000; i < 2300; ++i) night.tasks[i].row.model = "GLM-5.2";
        CHECK(retry_violations(night.tasks).empty());
    }
}

TEST_CASE("I8: refusals for the rate and what never left are no tries") {
    Night night;
    SUBCASE("tried again after a refusal") {
        night.add(1000, {attempt_of(1, 429, "rate_limited"), attempt_of(2, 429, "overloaded"),
                         attempt_of(3, 200, "ok")});
        CHECK(retry_violations(night.tasks).empty());
    }
    SUBCASE("a refusal is no first try either") {
        night.add(600, {attempt_of(1, 429, "rate_limited")});
        night.add(900, at_once);
        night.add(90, again);
        night.add(100, again);
        CHECK(retry_violations(night.tasks).size() == 1);
    }
    SUBCASE("a task that failed, was refused and sent again is one retry") {
        night.add(950, at_once);
        night.add(95, {attempt_of(1, 500, "server_error"), attempt_of(2, 429, "rate_limited"),
                       attempt_of(3, 200, "ok")});
        CHECK(retry_violations(night.tasks).empty());
    }
    SUBCASE("no connection") {
        auto unsent = attempt_of(1, 0, "network");
        unsent.sent = false;
        night.add(1500, {unsent, attempt_of(2, 200, "ok")});
        CHECK(retry_violations(night.tasks).empty());
    }
}
