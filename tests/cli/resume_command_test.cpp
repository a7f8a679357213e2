#include "cli/resume_command.hpp"

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
