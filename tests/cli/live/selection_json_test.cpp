#include "cli/live/selection_json.hpp"

#include "control/protocol.hpp"
#include "tests/control/published.hpp"

#include <doctest/doctest.h>

using namespace nightshift;

TEST_CASE(
    "a selection comes out of its JSON as it went in, and is as schemas/control.json has it") {
    Selection selection;
    selection.states = {State::failed, State::held};
    selection.endpoints = {"videos"};
    selection.models = {"happyhorse-*", "gpt-5.4"};
    selection.tags = {"night"};
    selection.ids = {"a", "模"};
    selection.kinds = {"timeout"};
    selection.flags = {"truncated"};
    selection.metadata = {{"split", {"test", "train"}}};

    const auto json = cli::json_of(selection);
    CHECK(cli::json_of(cli::selection_of(json)) == json);
    CHECK(json.size() == 8);
    for (const auto* command : {"retry", "cancel"}) {
        control::Request request{.command = command, .arguments = control::Json::object()};
        request.arguments["selection"] = json;
        CHECK(test::wrong_by_schema("request", command, control::line_of(request)) == "");
        request.arguments["selection"]["model"] = "x";
        CHECK(test::wrong_by_schema("request", command, control::line_of(request)) != "");
    }
}
