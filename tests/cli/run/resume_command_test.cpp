#include "cli/run/resume_command.hpp"

#include <doctest/doctest.h>

using namespace nightshift::cli;

TEST_CASE("the command that goes on sends to where the run sent, and may spend no more") {
    RunArguments run;
    CHECK(resume_command(run, "a.run") == "nightshift run -o a.run");
    run.sandbox = true;
    run.config = "my prices.toml";
    run.budget = 2.5;
    CHECK(resume_command(run, "a b.run") ==
          "nightshift run -o 'a b.run' --sandbox --config 'my prices.toml' --budget 2.5");
    run = {};
    run.gateway = {.base_url = "http://127.0.0.1:1", .api_key_file = "key"};
    run.budget = 0.1;
    CHECK(resume_command(run, "a") ==
          "nightshift run -o a --base-url http://127.0.0.1:1 --api-key-file key --budget 0.1");
}

TEST_CASE("the command that continues after a stop at the budget wants another budget") {
    RunArguments run;
    run.budget = 5;
    run.concurrency = 8;
    run.resend = {"videos=none", "image_generations=2%"};
    CHECK(resume_command(run, "a", nightshift::RunBound::budget) ==
          "nightshift run -o a -j 8 --resend videos=none --resend image_generations=2% --budget "
          "AMOUNT");
    CHECK(resume_command(run, "a", nightshift::RunBound::duration).ends_with(" --budget 5"));
}
