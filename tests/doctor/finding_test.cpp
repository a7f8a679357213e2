#include "cli/doctor/finding.hpp"

#include <doctest/doctest.h>

using namespace nightshift::cli;

TEST_CASE("the exit code is that of the failure that comes first in the contract's order") {
    const auto of = [](std::vector<ExitCode> codes) {
        std::vector<Finding> findings = {Finding::ok("a", "b"), Finding::warn("a", "b", "c")};
        for (const auto code : codes) findings.push_back(Finding::fail(code, "a", "b", "c"));
        return exit_code_of(findings);
    };
    CHECK(of({}) == exit_ok);
    CHECK(of({exit_misconfigured}) == exit_misconfigured);
    CHECK(of({exit_misconfigured, exit_quota}) == exit_quota);
    CHECK(of({exit_quota, exit_credentials}) == exit_credentials);
    CHECK(of({exit_credentials, exit_usage}) == exit_usage);
    CHECK(of({exit_usage, exit_in_use}) == exit_in_use);
    CHECK(of({exit_in_use, exit_storage}) == exit_storage);
}

TEST_CASE("what to do is taken from behind the last semicolon of an error") {
    CHECK(advice_in("a; b; c", "x").what == "a; b");
    CHECK(advice_in("a; b; c", "x").what_to_do == "c");
    CHECK(advice_in("a", "x").what == "a");
    CHECK(advice_in("a", "x").what_to_do == "x");
    CHECK(advice_in("a; ", "x").what_to_do == "x");
}
