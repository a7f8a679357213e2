// When a waiting line is ready, and what becomes of it when it cannot be.

#include "fixture.hpp"

#include <doctest/doctest.h>

#include <array>
#include <string>
#include <utility>
#include <vector>

using namespace nightshift;
using namespace nightshift::test;
using nightshift::stages::Decision;
using nightshift::stages::Upstream;
using nightshift::stages::Upstreams;

namespace {

const std::string request = R"("request":{"model":"m","prompt":"p"}})";

std::string decided(const std::string& fields, const Upstreams& upstreams) {
    return told(stages::decide(stage_line("{" + fields + "," + request), upstreams));
}

const auto good = succeeded(R"("text":"x")");

}  // namespace

TEST_CASE("a line with one need goes with it") {
    const std::string one = R"("after":{"s":"a"})";
    CHECK(decided(one, {}) == "wait: waits for a");
    CHECK(decided(one, {{"a", in_state(State::running)}}) == "wait: waits for a");
    CHECK(decided(one, {{"a", in_state(State::held)}}) == "wait: waits for a, which is held");
    CHECK(decided(one, {{"a", good}}) == "ready");
    CHECK(decided(one, {{"a", in_state(State::skipped)}}) == "skip: a was skipped");
    CHECK(decided(one, {{"a", failed("timeout")}}) ==
          "cancel: needs a, which failed: timeout [timeout]");
    CHECK(decided(one, {{"a", in_state(State::cancelled)}}) ==
          "cancel: needs a, which was cancelled [cancelled]");
}

TEST_CASE("on_failed says what a failure above does") {
    const std::string one = R"("after":{"s":"a","t":"b"},"on_failed":)";
    const Upstreams one_failed = {{"a", failed("timeout")}};
    CHECK(decided(one + R"("cancel")", one_failed).substr(0, 6) == "cancel");
    CHECK(decided(one + R"("skip")", one_failed) == "skip: needs a, which failed: timeout");
    CHECK(decided(one + R"("run")", one_failed) == "wait: waits for b");
    CHECK(decided(one + R"("run")", {{"a", failed("timeout")}, {"b", good}}) == "ready");
}

TEST_CASE("without needs a line is ready at once") {
    CHECK(decided(R"("files":{"f":"a.png"})", {}) == "ready");
    CHECK(decided(R"("after":{})", {}) == "ready");
    CHECK(decided(R"("after":{"s":[]})", {}) == "ready");
}

TEST_CASE("of a list skipped ones are left out, and a failure is not waited for") {
    const std::string list = R"("after":{"s":["a","b","c"]})";
    const auto skipped = in_state(State::skipped);
    CHECK(decided(list, {{"a", good}, {"b", skipped}, {"c", good}}) == "ready");
    CHECK(decided(list, {{"a", skipped}, {"b", skipped}}) == "wait: waits for c (s)");
    CHECK(decided(list, {{"a", skipped}, {"b", skipped}, {"c", skipped}}) ==
          "skip: s: 0 of 3 succeeded, 1 is needed");
    CHECK(decided(list, {{"c", failed("quota")}}) ==
          "cancel: needs c, which failed: quota [quota]");
}

TEST_CASE("least waits for all, and gives up as soon as too few can succeed") {
    const std::string all = R"("after":{"s":{"all":["a","b","c"],"least":2}})";
    CHECK(decided(all, {{"a", good}, {"b", good}}) == "wait: waits for c (s)");
    CHECK(decided(all, {{"a", good}, {"b", good}, {"c", failed("quota")}}) == "ready");
    CHECK(decided(all, {{"b", failed("quota")}, {"c", in_state(State::cancelled)}}) ==
          "cancel: s: 0 of 3 succeeded, 2 are needed [quota]");
    CHECK(decided(all,
                  {{"a", good}, {"b", in_state(State::skipped)}, {"c", in_state(State::skipped)}})
              .substr(0, 5) == "skip:");
    CHECK(decided(R"("after":{"s":{"all":["a"],"least":0}})", {{"a", failed("quota")}}) == "ready");
    CHECK(decided(R"("after":{"s":{"all":[]}})", {}).substr(0, 5) == "skip:");
}

TEST_CASE("a held task is waited for, unless the outcome is certain") {
    const auto held = in_state(State::held);
    const std::string two = R"("after":{"s":"a","t":"b"})";
    CHECK(decided(two, {{"a", held}, {"b", good}}).substr(0, 4) == "wait");
    CHECK(decided(two, {{"a", held}, {"b", failed("quota")}}).substr(0, 6) == "cancel");
    const std::string all = R"("after":{"s":{"all":["a","b"],"least":2}})";
    CHECK(decided(all, {{"a", held}, {"b", failed("quota")}}).substr(0, 6) == "cancel");
}

TEST_CASE("elements that a list does not have are skipped before anything else is judged") {
    const std::string slot =
        R"("after":{"s":"a","t":"b"},"each":{"e":{"of":"{{s.json.l}}","n":2,"most":3}})";
    const auto of = [](const std::string& list) {
        return succeeded(R"("text":"{\"l\":)" + list + R"(}")");
    };
    CHECK(decided(slot, {}) == "wait: waits for a");
    CHECK(decided(slot, {{"a", of("[1]")}, {"b", failed("quota")}}) ==
          "skip: {{s.json.l}} has 1 element: there is no element 2");
    CHECK(decided(slot, {{"a", of("[1,2]")}, {"b", good}}) == "ready");
    CHECK(decided(slot, {{"a", of("[1,2]")}}) == "wait: waits for b");
    CHECK(decided(slot, {{"a", of("[1,2,3,4]")}}) ==
          "cancel: {{s.json.l}} has 4 elements, more than most = 3");
    CHECK(decided(slot, {{"a", of("7")}, {"b", good}}) ==
          "fail: {{s.json.l}} is not a list but a number [unresolved]");
    CHECK(decided(slot, {{"a", good}, {"b", good}}) ==
          "fail: {{s.json.l}}: the answer is not JSON [unresolved]");
}

TEST_CASE("a condition is judged as soon as what it reads is there") {
    const std::string when =
        R"("after":{"s":"a","t":"b"},"when":[{"value":"{{s.json.n}}","min":4}])";
    const auto n = [](const std::string& value) {
        return succeeded(R"("text":"{\"n\":)" + value + R"(}")");
    };
    CHECK(decided(when, {{"b", good}}) == "wait: waits for a");
    CHECK(decided(when, {{"a", n("3")}}).substr(0, 11) == "skip: when:");
    CHECK(decided(when, {{"a", n("4")}}) == "wait: waits for b");
    CHECK(decided(when, {{"a", n("4")}, {"b", good}}) == "ready");
    CHECK(decided(when, {{"a", n("null")}, {"b", good}}) ==
          "fail: when: {{s.json.n}}: min wants a number, not null [unresolved]");
    // Of an element: open as long as its list is.
    const std::string element =
        R"("after":{"s":"a"},"each":{"e":{"of":"{{s.json}}","n":1,"most":3}},)"
        R"("when":[{"value":"{{e.good}}","is":true}])";
    CHECK(decided(element, {}) == "wait: waits for a");
    CHECK(decided(element, {{"a", succeeded(R"("text":"[{\"good\":false}]")")}}).substr(0, 4) ==
          "skip");
    CHECK(decided(element, {{"a", succeeded(R"("text":"[{\"good\":true}]")")}}) == "ready");
}

TEST_CASE("a pick by number counts what was shown to the judge") {
    const std::string pick =
        R"("after":{"j":"j","p":{"pick":["a","b","c"],"number":"{{j.json.best}}"}})";
    const auto judge = [](const std::string& best, const std::string& after = "null") {
        return succeeded(R"("text":"{\"best\":)" + best + R"(}","after":)" + after);
    };
    const auto picked = [&](Upstreams upstreams) {
        const auto line = stage_line("{" + pick + "," + request);
        CHECK(told(stages::decide(line, upstreams)) == "ready");
        return stages::used(line, upstreams)[1].second;
    };
    using Ids = std::vector<std::string>;
    CHECK(picked({{"j", judge("2")}, {"a", good}, {"b", good}, {"c", good}}) == Ids{"b"});
    CHECK(picked({{"j", judge("2.0")}, {"a", good}, {"b", good}, {"c", good}}) == Ids{"b"});
    CHECK(picked({{"j", judge(R"(\"2\")")}, {"a", failed("x")}, {"b", good}, {"c", good}}) ==
          Ids{"c"});
    // `a` failed when the judge was asked, and was retried since.
    const auto shown = judge("1", R"({"answers":["b","c"]})");
    CHECK(picked({{"j", shown}, {"a", good}, {"b", good}, {"c", good}}) == Ids{"b"});

    CHECK(decided(pick, {{"j", judge("1")}, {"a", good}}) == "wait: waits for b (p)");
    CHECK(decided(pick, {{"j", judge("3")}, {"a", good}, {"b", good}, {"c", failed("x")}}) ==
          "fail: p: the number is 3, and 2 were shown [unresolved]");
    CHECK(
        decided(pick, {{"j", judge("1.5")}, {"a", good}, {"b", good}, {"c", good}}).substr(0, 4) ==
        "fail");
    CHECK(decided(pick, {{"j", failed("timeout")}, {"a", good}, {"b", good}, {"c", good}}) ==
          "cancel: needs j, which failed: timeout [timeout]");
    CHECK(decided(pick, {{"a", failed("x")}, {"b", failed("y")}, {"c", failed("z")}}) ==
          "cancel: p: 0 of 3 succeeded, 1 is needed [x]");
}

TEST_CASE("a pick by score: of equals the first, and what has no score is no candidate") {
    const std::string of =
        R"("after":{"p":{"pick":["a","b","c"],"WHICH":"{{s.json.n}}","of":{"s":["sa","sb","sc"]}}})";
    const auto n = [](const std::string& value) {
        return succeeded(R"("text":"{\"n\":)" + value + R"(}")");
    };
    const auto picked = [&](const std::string& which, Upstreams upstreams) {
        auto fields = of;
        fields.replace(fields.find("WHICH"), 5, which);
        for (const char* id : {"a", "b", "c"}) upstreams.try_emplace(id, good);
        const auto line = stage_line("{" + fields + "," + request);
        const auto decision = stages::decide(line, upstreams);
        return decision.what == Decision::What::ready ? stages::used(line, upstreams)[0].second[0]
                                                      : told(decision);
    };
    CHECK(picked("highest", {{"sa", n("1")}, {"sb", n("2")}, {"sc", n("2")}}) == "b");
    CHECK(picked("lowest", {{"sa", n("1")}, {"sb", n("0")}, {"sc", n("-1e2")}}) == "c");
    CHECK(picked("highest", {{"sa", n("1")}, {"sb", failed("x")}, {"sc", good}}) == "a");
    CHECK(picked("highest", {{"sa", n("1")}, {"sb", n("2")}}) == "wait: waits for sc (p)");
    CHECK(picked("highest", {{"sa", good}, {"sb", good}, {"sc", good}}) ==
          "cancel: p: 0 of 3 have a score, 1 is needed");
    CHECK(picked("highest", {{"a", failed("x")}, {"b", failed("x")}, {"c", failed("x")}}) ==
          "cancel: p: 0 of 3 can have a score, 1 is needed [x]");
}

TEST_CASE("the first that succeeded is taken in the order of the line, not of time") {
    const std::string first = R"("after":{"s":{"first":["fix","draft"]}})";
    CHECK(decided(first, {{"draft", good}}) == "wait: waits for fix (s)");
    CHECK(decided(first, {{"fix", failed("x")}, {"draft", good}}) == "ready");
    CHECK(decided(first, {{"fix", good}}) == "ready");
    CHECK(decided(first, {{"fix", failed("x")}, {"draft", in_state(State::skipped)}}) ==
          "cancel: s: 0 of 2 succeeded, 1 is needed [x]");
    CHECK(decided(first, {{"fix", in_state(State::skipped)}, {"draft", in_state(State::skipped)}})
              .substr(0, 4) == "skip");
}

// The rule that the queue follows by states alone, as its header has it.
TEST_CASE("a line that needs only success is decided by states alone") {
    const auto line = stage_line(R"({"after":{"s":"a","t":["b","c"],"u":"d"},)" + request);
    REQUIRE(stages::needs_only_success(line));
    CHECK(!stages::needs_only_success(
        stage_line(R"({"after":{"s":"a"},"on_failed":"skip",)" + request)));
    CHECK(!stages::needs_only_success(stage_line(R"({"after":{"s":{"all":["a"]}},)" + request)));
    const std::array states = {State::skipped, State::waiting,   State::pending,
                               State::running, State::submitted, State::succeeded,
                               State::failed,  State::held,      State::cancelled};
    const auto is_bad = [](State state) {
        return state == State::failed || state == State::cancelled;
    };
    const auto by_states = [&](const std::array<State, 4>& given) {
        bool waits = false;
        const std::array<std::pair<int, int>, 3> needs = {{{0, 1}, {1, 3}, {3, 4}}};
        for (const auto& [from, to] : needs) {
            int skipped = 0;
            for (int i = from; i < to; ++i) {
                if (is_bad(given[static_cast<std::size_t>(i)])) return Decision::What::cancel;
            }
            for (int i = from; i < to; ++i) {
                const State state = given[static_cast<std::size_t>(i)];
                if (state == State::skipped) ++skipped;
                if (state != State::skipped && state != State::succeeded) waits = true;
            }
            if (skipped == to - from) return Decision::What::skip;
        }
        return waits ? Decision::What::wait : Decision::What::ready;
    };
    for (const State a : states) {
        for (const State b : states) {
            for (const State c : states) {
                for (const State d : states) {
                    const Upstreams upstreams = {{"a", in_state(a)},
                                                 {"b", in_state(b)},
                                                 {"c", in_state(c)},
                                                 {"d", in_state(d)}};
                    REQUIRE(word_of(stages::decide(line, upstreams).what) ==
                            word_of(by_states({a, b, c, d})));
                }
            }
        }
    }
}
